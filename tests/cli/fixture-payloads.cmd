. tests/cli/_fixture.sh
fixture criu/pipes-data.img criu/sk-queues.img criu/tcp-stream-1f.img criu/bpfmap-data.img
fixture criu/ghost-file-1a.img criu/ghost-file-1b.img criu/ghost-file-1c.img
