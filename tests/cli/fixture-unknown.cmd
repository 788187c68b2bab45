. tests/cli/_fixture.sh
fixture criu/fs-1.img criu/fdinfo-1.img criu/unknown.img criu/no-image.img
