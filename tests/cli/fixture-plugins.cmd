. tests/cli/_fixture.sh
fixture criu/amdgpu-kfd-5.img criu/amdgpu-renderD-6.img criu/amdgpu-drm-pages-5-128-0001.img
