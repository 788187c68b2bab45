#!/usr/bin/env python3
"""Streams in what others put around them: libvirt's XML, XAPI's frames, xend's S-expression, xl from a big-endian
host, big-endian records. The same records must be found, further back in the file; and several snapshots chosen."""
import json
import os
import struct
import sys
import tempfile

sys.path.insert(0, "tests/tools")
from xen_streams import *

TMP = tempfile.TemporaryDirectory()
XML = b"""<domain type='xen'>
  <name>web &amp; mail</name>
  <uuid>6dffa73f-de83-4694-b166-94505e8ce363</uuid>
  <memory unit='KiB'>4096</memory>
  <vcpu>3</vcpu>
  <os><type arch='x86_64' machine='xenpv'>linux</type></os>
</domain>
\0"""
SXP = b"(domain (domid 7) (name web) (uuid 6dffa73f) (vcpus 3) (memory 4) (image (linux (kernel /boot/vmlinuz))))"


def content(name):
	with open(stream(name), "rb") as f:
		return f.read()


def save(name, data):
	path = os.path.join(TMP.name, name)
	with open(path, "wb") as f:
		f.write(data)
	return path


def listed(path, layers=None):
	return [(r["layer"], r["kind"], r["offset"], r["length"]) for r in records(path)
		if not layers or r["layer"] in layers]


def moved(found, by):
	return [(layer, kind, offset + by, length) for layer, kind, offset, length in found]


def wrapped(what, data, kind, front, inner, layers, **info):
	"""`front` bytes are in front of `inner`, whose records must be found in `layers`."""
	path = save(what, data)
	same("wrapped: " + what, listed(path, layers), moved(listed(save("inner", inner)), front))
	said = ask("info", path)
	same("kinds: " + what, said["kind"], kind)
	same("layers: " + what, said["layers"][1:], layers)
	same("facts: " + what, {k: said.get(k) for k in info}, info)
	status, out, err = run("show", "--offsets", "--json", "-q", path)
	same("covered: " + what, sum(e["length"] for e in json.loads(out)), len(data))


def frame(kind, body=b"", length=None):
	return struct.pack("<QQ", kind, len(body) if length is None else length) + body


tiny = content("tiny-pv-64.xl")
libxl = tiny[struct.unpack_from("<I", tiny, 44)[0] + 48:]
libxc = libxl[24:-8]  # behind the headers of libxl and of LIBXC_CONTEXT; in front of END
legacy = content("legacy-pv64.img")

# libvirt
head = b"libvirt-xml\n \0 \r" + struct.pack("<II40x", 2, len(XML)) + XML
wrapped("libvirt 2", head + libxl, "xen-libvirt", len(head), libxl, ["libxl", "libxc"], name="web &amp; mail",
	uuid="6dffa73f-de83-4694-b166-94505e8ce363")
head = b"libvirt-xml\n \0 \r" + struct.pack("<II40x", 1, len(XML)) + XML
wrapped("libvirt 1", head + legacy, "xen-libvirt", len(head), legacy, ["legacy"], name="web &amp; mail")
head = b"libvirt-xml\n \0 \r" + struct.pack(">II40x", 2, len(XML)) + XML
wrapped("libvirt of a big-endian host", head + libxl, "xen-libvirt", len(head), libxl, ["libxl", "libxc"])

# XAPI: frames in front and behind, one that nobody knows.
head = b"XenSavedDomv2-\n" + frame(0xf, SXP) + frame(0x777, b"?") + frame(0xf0)
tail = frame(0xf12, b"tpm") + frame(0xffff)
wrapped("xapi", head + libxc + tail, "xen-xapi", len(head), libxc, ["libxc"], name="web", uuid="6dffa73f")
same("frames", [(r["kind"], r["length"]) for r in records(os.path.join(TMP.name, "xapi")) if r["layer"] == "xapi"],
     [("Xenops", 16 + len(SXP)), ("unknown 0x777", 17), ("Libxc", 16), ("Swtpm0", 19), ("End_of_image", 16)])
wrapped("xapi with bytes behind", head + libxc + tail + b"more", "xen-xapi", len(head), libxc, ["libxc"])
same("frames", records(os.path.join(TMP.name, "xapi with bytes behind"))[-1]["kind"], "trailing")
head = b"XenSavedDomv2-\n" + frame(0xf1)
wrapped("xapi with libxl", head + libxl + frame(0xffff), "xen-xapi", len(head), libxl, ["libxl", "libxc"])
head = b"XenSavedDomv2-\n" + frame(0xf2)
wrapped("xapi with legacy", head + legacy, "xen-xapi", len(head), legacy, ["legacy"])
head = b"XenSavedDomain\n"
wrapped("xapi of old", head + legacy, "xen-xapi", len(head), legacy, ["legacy"])

# xend, xl
head = b"LinuxGuestRecord" + struct.pack(">I", len(SXP)) + SXP
wrapped("xend", head + legacy, "xen-legacy", len(head), legacy, ["legacy"], name="web", uuid="6dffa73f")
config = b"name = 'web'\nvcpus = 3\nmemory = 4\n\0"
head = b"Xen saved domain, xl format\n \0 \r" + struct.pack(">IIIII", 0x01020304, 2, 0, 4 + len(config), len(config))
head += config
wrapped("xl of a big-endian host", head + libxl, "xen-xl", len(head), libxl, ["libxl", "libxc"], name="web")
head = b"Xen saved domain, xl format\n \0 \r" + struct.pack("<IIII", 0x01020304, 0, 0, 0)
wrapped("xl without config", head + legacy, "xen-xl", len(head), legacy, ["legacy"], name=None)
path = save("libxl alone", libxl)
same("wrapped: libxl alone", listed(path), moved(listed(stream("tiny-pv-64.xl")), len(libxl) - len(tiny)))
same("kinds: libxl alone", ask("info", path)["kind"], "xen-libxl")

# Big-endian records: of the stream made by hand, and of a real one turned round record by record.
big = records(mini_path("big-endian"))
same("big-endian", [r["kind"] for r in big], ["STATIC_DATA_END", "PAGE_DATA", "X86_TSC_INFO", "HVM_PARAMS", "END"]
     if len(big) == 5 else [])

# Snapshots of one file.
if "pv-remus.stream" in names():
	remus, true = stream("pv-remus.stream"), truth("pv-remus.stream")
	for n, checkpoint in enumerate(true["checkpoints"], 1):
		info = ask("info", "%s#%d" % (remus, n))
		same("snapshots", info["guest"]["pages"], checkpoint["pages_with_data"])
	same("snapshots", run("info", remus + "#5")[0], 2)
same("snapshots", run("info", stream("tiny-pv-64.xl") + "#1")[0], 2)
finish()
