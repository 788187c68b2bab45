. tests/cli/_fixture.sh
fixture criu/ipcns-shm-1.img criu/ipcns-sem-1.img criu/ipcns-msg-1.img
