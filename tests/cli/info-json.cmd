cryoscope info --json tests/real/zombie | python3 -m json.tool --indent 1
