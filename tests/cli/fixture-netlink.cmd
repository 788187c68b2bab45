. tests/cli/_fixture.sh
fixture criu/ifaddr-1.img criu/route-1.img criu/rule-1.img criu/netns-ct-1.img criu/iptables-1.img
