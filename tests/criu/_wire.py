"""Messages as they lie in images: numbers of seven bits a byte, and fields, read and written."""


def varint(v):
	v &= (1 << 64) - 1
	out = b""
	while v > 127:
		out += bytes([v & 127 | 128])
		v >>= 7
	return out + bytes([v])


def read_varint(b, at):
	v = shift = 0
	while True:
		v |= (b[at] & 127) << shift
		shift += 7
		at += 1
		if b[at - 1] < 128:
			return v, at


def parse(b):
	"""[[number, wire type, value or bytes], ..]"""
	at, out = 0, []
	while at < len(b):
		tag, at = read_varint(b, at)
		kind = tag & 7
		if kind == 0:
			v, at = read_varint(b, at)
		elif kind == 2:
			n, at = read_varint(b, at)
			v, at = b[at:at + n], at + n
		else:
			n = 8 if kind == 1 else 4
			v, at = b[at:at + n], at + n
		out.append([tag >> 3, kind, v])
	return out


def encode(field):
	number, kind, v = field
	head = varint(number << 3 | kind)
	if kind == 0:
		return head + varint(v)
	return head + (varint(len(v)) + v if kind == 2 else v)
