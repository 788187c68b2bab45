# The help of the program and of each verb, and the version.
cryoscope --help
for verb in info tree show read check; do
	echo "--- $verb"
	cryoscope $verb -h
done
cryoscope -V | sed 's/[0-9.]*$/N/'
