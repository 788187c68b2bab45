. tests/cli/_fixture.sh
fixture_set old
for kind in vmas sigacts itimers posix-timers creds rlimit signal-s signal-p; do
	fixture "old/$kind-7.img"
done
fixture old/eventpoll-tfd.img old/reg-files.img old/pipes.img
