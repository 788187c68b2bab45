#!/usr/bin/env python3
"""Every record of every real stream against what is known of it: layer, name, offset, length, padding, and of
PAGE_DATA its pages; each stream to its last byte; what `info` says of the guest.

timeout: 300"""
import os
import re
import struct
import sys

sys.path.insert(0, "tests/tools")
from xen_streams import *


def page_types(summary):
	"""(entries, first, last, {type: count}) of what a PAGE_DATA row says."""
	m = re.match(r"(\d+) pfns? (0x[0-9a-f]+)(?:\.\.(0x[0-9a-f]+))? (.*)", summary)
	if not m:
		return None
	count, low, high, types = m.groups()
	found = {}
	for part in types.split(", "):
		name, _, n = part.partition(" ")
		found[name] = int(n or count)
	return int(count), low, high or low, found


def check_pages(name, row, true):
	said = page_types(row["summary"])
	where = "pages: %s libxc[%d]" % (name, row["n"])
	if not said:
		return same(where, row["summary"], "counts of types")
	same(where, said, (true["count"], true["pfn_min"], true["pfn_max"], true["types"]))


def check_records(name, path, true):
	ours = records(path)
	size = os.path.getsize(path)
	tail = ours.pop() if ours and ours[-1]["kind"] == "trailing" else None
	same("record counts: " + name, len(ours), len(true["records"]))
	end = None
	for row, r in zip(ours, true["records"]):
		where = "records: %s at %#x" % (name, r["offset"])
		same(where, (row["layer"], row["kind"], row["offset"], row["length"]),
		     (r["layer"], r["name"], r["offset"], 8 + r["length"] + r["padding"]))
		if r["name"] == "PAGE_DATA":
			check_pages(name, row, r)
		end = row["offset"] + row["length"]
	same("ends: " + name, end, true["end_offset"])
	trailing = size - end
	same("tails: " + name, tail["length"] if tail else 0, trailing)


def passes_of(path, true):
	"""Passes, by reading the PFNs: one begins where they do not ascend, and at each checkpoint."""
	passes, last, verify = 0, None, False
	with open(path, "rb") as f:
		for r in true["records"]:
			if r["name"] in ("CHECKPOINT", "VERIFY"):
				last = None
				verify = verify or r["name"] == "VERIFY"
			if r["name"] != "PAGE_DATA" or verify:
				continue
			f.seek(r["offset"] + 16)
			for (entry,) in struct.iter_unpack("<Q", f.read(8 * r["count"])):
				pfn = entry & (1 << 52) - 1
				passes += last is None or pfn <= last
				last = pfn
	return passes


def config_of(true):
	"""The JSON around the stream; {} if there is none, or if it is xl's older text."""
	config = true.get("xl", {}).get("config_json")
	return config if isinstance(config, dict) else {}


def check_info(name, path, true):
	info = ask("info", path)
	if not info:
		return
	guest, libxc = info["guest"], true["libxc"]
	config = config_of(true)
	kind = config.get("c_info", {}).get("type", "pv" if libxc["type"] == 1 else None)
	if kind:
		same("guests: %s type" % name, guest["type"], kind.upper())
	same("guests: %s width" % name, guest["width"], true.get("pv_info", {}).get("width"))
	if "vcpus" in true:
		same("guests: %s vcpus" % name, guest["vcpus"], len(true["vcpus"]))
	same("guests: %s version" % name, guest["xen_version"], "%d.%d" % (libxc["xen_major"], libxc["xen_minor"]))
	same("guests: %s page size" % name, guest["page_size"], 1 << libxc["page_shift"])
	same("guests: %s pages" % name, guest["pages"], true["pages"]["final_pages_with_data"])
	same("guests: %s snapshots" % name, guest["snapshots"], len(true.get("checkpoints", [])))
	same("guests: %s passes" % name, guest["passes"], passes_of(path, true))
	if config:
		same("guests: %s name" % name, info["name"], config["c_info"]["name"])
		same("guests: %s uuid" % name, info["uuid"], config["c_info"].get("uuid"))


def check_config(name, path, true):
	"""The whole config, field by field."""
	config = config_of(true)
	if not config:
		return
	ours = (ask("show", path, "xl") or {}).get("fields", {})
	head = {k: ours.get(k) for k in ("byteorder", "mandatory_flags", "optional_flags")}
	same("xl headers: " + name, head, {
		"byteorder": int(true["xl"]["byteorder"], 16), "mandatory_flags": true["xl"]["mandatory_flags"],
		"optional_flags": true["xl"]["optional_flags"]})
	for group in ("c_info", "b_info"):
		for key, value in config[group].items():
			if not isinstance(value, (dict, list)):
				same("config: %s %s/%s" % (name, group, key), ours["config"][group].get(key), value)


def check_show(name, path, true):
	"""A record of each type by itself."""
	seen, number = set(), {}
	for r in true["records"]:
		n = number[r["layer"]] = number.get(r["layer"], -1) + 1
		if (r["layer"], r["name"]) in seen:
			continue
		seen.add((r["layer"], r["name"]))
		ours = ask("show", path, "%s[%d]" % (r["layer"], n))
		same("shown: %s %s[%d]" % (name, r["layer"], n),
		     ours and {k: ours[k] for k in ("layer", "record", "type", "offset", "length")},
		     {"layer": r["layer"], "record": n, "type": r["name"], "offset": r["offset"],
		      "length": r["length"]})


for name in names():
	true = truth(name)
	if not true or name.startswith("legacy") and "converted" not in name:
		continue
	path = stream(name)
	check_records(name, path, true)
	check_info(name, path, true)
	check_config(name, path, true)
	if os.path.getsize(path) < 20 << 20:
		check_show(name, path, true)
finish()
