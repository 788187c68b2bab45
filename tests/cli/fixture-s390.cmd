. tests/cli/_fixture.sh
fixture_set s390
fixture s390/pstree.img s390/core-5.img s390/ipcns-sem-1.img
