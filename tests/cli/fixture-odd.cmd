. tests/cli/_fixture.sh
fixture criu/binfmt-misc.img criu/seccomp.img criu/packed-1.img criu/pstree.img criu/pagemap-1.img
# Pages are many bytes: only where they are.
say cryoscope show --offsets "$FIXTURES/criu/pages-7.img"
