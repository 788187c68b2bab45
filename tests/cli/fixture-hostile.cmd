. tests/cli/_fixture.sh
fixture_set hostile
fixture hostile/files.img hostile/utsns-1.img hostile/iptables-1.img hostile/core-3.img hostile/core-4.img hostile/core-5.img hostile/inventory.img
# The environment.
say cryoscope read "$FIXTURES/hostile" off:0@pages-1.img 128
