#!/usr/bin/env python3
"""Compares every value that xen-hvmctx printed of the restored domains with what `show --json` has of the streams that
they were restored from.

What runs on between saving and printing may differ: the TSC and the counters of HPET and PM timer, the clock.
CRYOSCOPE_XEN is the folder of the unpacked streams.
timeout: 60
"""
import json
import os
import re
import subprocess
import sys

PROGRAM = os.environ.get("CRYOSCOPE", "cryoscope")
PEER = os.path.join(os.environ.get("CRYOSCOPE_CORPUS", ""), "xen", "peer")
STREAMS = os.environ.get("CRYOSCOPE_XEN", "")
TYPES = ["END", "HEADER", "CPU", "PIC", "IOAPIC", "LAPIC", "LAPIC_REGS", "PCI_IRQ", "ISA_IRQ", "PCI_LINK", "PIT", "RTC", "HPET",
         "PMTIMER", "MTRR", "VIRIDIAN_DOMAIN", "CPU_XSAVE", "VIRIDIAN_VCPU", "VMCE_VCPU", "TSC_ADJUST", "CPU_MSR"]
failures = []
moving = []
compared = 0


def number(v):
	return int(v, 0) if isinstance(v, str) else int(v)


def hexed(v):
	return int(v, 16)


def same(where, what, ours, theirs, moves=False):
	global compared
	compared += 1
	if number(ours) != theirs:
		(moving if moves else failures).append("%s: %s: we say %r, xen-hvmctx %#x" % (where, what, ours, theirs))


def little(digits):
	"""Bytes as we show them, in memory's order, as a number."""
	return int.from_bytes(bytes.fromhex(digits), "little")


def show(path):
	for line in subprocess.run((PROGRAM, "tree", "--json", path, "libxc"), stdout=subprocess.PIPE, check=True).stdout.decode().splitlines():
		row = json.loads(line)
		if row["kind"] == "HVM_CONTEXT":
			context = row["path"]
	done = subprocess.run((PROGRAM, "show", "--json", path, context), stdout=subprocess.PIPE, check=True)
	return json.loads(done.stdout.decode())["fields"]


def compare_header(where, e, text):
	m = re.search(r"magic (\S+), version (\d+)\s+Xen changeset (\S+)\s+CPUID\[0\]\[%eax\] (\S+)\s+gtsc_khz (\d+)", text)
	for name, value in zip(("magic", "version", "changeset", "cpuid", "gtsc_khz"),
	                       (hexed(m[1]), int(m[2]), hexed(m[3]), hexed(m[4]), int(m[5]))):
		same(where, name, e[name], value)


def compare_fpu(where, fpu, text):
	m = re.search(r"fcw (\S+) fsw (\S+)\s+ftw (\S+) \((\S+)\) fop (\S+)\s+fpuip (\S+) fpudp (\S+)\s+mxcsr (\S+) mask (\S+)", text)
	for name, value in zip(("fcw", "fsw", "ftw", "res0", "fop", "fip", "fdp", "mxcsr", "mxcsr_mask"), m.groups()):
		same(where, name, fpu[name], hexed(value))
	for i, (value, rest) in enumerate(re.findall(r"mm[0-7] (0x\S{20}) \((\S+)\)", text)):
		same(where, "st[%d]" % i, little(fpu["st"][i][:20]), hexed(value))
		same(where, "st[%d] rest" % i, little(fpu["st"][i][20:]), hexed(rest))
	for i, value in enumerate(re.findall(r"xmm\d\d (\S+)", text)):
		same(where, "xmm[%d]" % i, little(fpu["xmm"][i]), hexed(value))
	rest = re.findall(r"^ +\((0x\S{32})\)$", text, re.M)
	for i, value in enumerate(rest):
		same(where, "res1 %d" % i, little(fpu["res1"][32 * i:32 * i + 32]), hexed(value))
	same(where, "lines of the FPU", len(rest), 6)


# Labels of xen-hvmctx and members; es and ds have their labels swapped in its output.
CPU = dict((name, name) for name in ("rax rbx rcx rdx rbp rsi rdi rsp r8 r9 r10 r11 r12 r13 r14 r15 rip rflags cr0 cr2 cr3 cr4 "
                                     "dr0 dr1 dr2 dr3 dr6 dr7 tsc").split())
CPU.update({"efer": "msr_efer", "lstar": "msr_lstar", "cstar": "msr_cstar", "star": "msr_star", "sfmask": "msr_syscall_mask",
            "event": "pending_event", "error": "error_code"})


def compare_cpu(where, e, text):
	head, fpu = text.split("FPU:")
	for label, member in CPU.items():
		m = re.search(r"(?<![a-z])%s +(0x\S+)" % label, head)
		same(where, member, e[member], hexed(m[1]), member == "tsc")
	m = re.search(r"shadow gs +(\S+)", head)
	same(where, "shadow_gs", e["shadow_gs"], hexed(m[1]))
	m = re.search(r"sysenter cs (\S+)  eip (\S+)  esp (\S+)", head)
	for name, value in zip(("sysenter_cs", "sysenter_eip", "sysenter_esp"), m.groups()):
		same(where, name, e[name], hexed(value))
	swapped = {"es": "ds", "ds": "es"}
	segments = re.findall(r"^ +([a-z]+) +(\S+) \( *(\S+) \+ +(\S+) / +(\S+)\)", head, re.M)
	for label, selector, base, limit, attributes in segments:
		name = swapped.get(label, label)
		for member, value in (("sel", selector), ("base", base), ("limit", limit), ("arbytes", attributes)):
			same(where, name + "_" + member, e[name + "_" + member], hexed(value))
	same(where, "number of segments", len(segments), 8)
	for label, base, limit in re.findall(r"([ig]dtr) +\( *(\S+) \+ +(\S+)\)", head):
		same(where, label + "_base", e[label + "_base"], hexed(base))
		same(where, label + "_limit", e[label + "_limit"], hexed(limit))
	compare_fpu(where, e["fpu_regs"], fpu)


def words(where, e, text, rows, moves=()):
	for label, member in rows:
		m = re.search(label + r" (0x[0-9a-f]+|[0-9a-f]+)", text)
		if not m:
			failures.append("%s: nothing reads %s" % (where, label))
			continue
		same(where, member, e[member], hexed(m[1]), member in moves)


def compare_pic(where, e, text):
	words(where, e, text, [("IRQ base", "irq_base")] + [(", " + n if n in ("irr", "imr", "isr") else n, n) for n in
	      ("irr", "imr", "isr", "init_state", "priority_add", "readsel_isr", "poll", "auto_eoi", "rotate_on_auto_eoi",
	       "special_fully_nested_mode", "special_mask_mode", "is_master", "elcr", "int_output")])


def compare_ioapic(where, e, text):
	words(where, e, text, (("base_address", "base_address"), ("ioregsel", "ioregsel"), ("id", "id")))
	pins = re.findall(r"pin (\d+): (\S+)", text)
	for pin, value in pins:
		same(where, "pin " + pin, e["redirtbl"][int(pin)], hexed(value))
	same(where, "number of pins", len(pins), 48)


def compare_lapic(where, e, text):
	words(where, e, text, (("base_msr", "apic_base_msr"), ("disabled", "disabled"), ("timer_divisor", "timer_divisor")))


def compare_lapic_regs(where, e, text):
	ours = [v for k, v in e.items() if k != "instance"]
	theirs = re.findall(r"(0x\w{3}): (\S+)", text)
	same(where, "number of registers", len(ours), len(theirs))
	for (at, value), v in zip(theirs, ours):
		same(where, at, v, hexed(value))


def compare_pci_irq(where, e, text):
	value = hexed(re.search(r"IRQs: (\S+)", text)[1])
	same(where, "wires", number(e["pad"][0]) << 64 | number(e["pad"][1]), value)


def compare_isa_irq(where, e, text):
	same(where, "wires", e["pad"][0], hexed(re.search(r"IRQs: (\S+)", text)[1]))


def compare_pci_link(where, e, text):
	for i, value in enumerate(re.search(r"LINK: (.*)", text)[1].split()):
		same(where, "route[%d]" % i, e["route"][i], int(value, 0))


def compare_pit(where, e, text):
	same(where, "speaker", e["speaker_data_on"], int("speaker on" in text))
	for part in text.split(" ch ")[1:]:
		ch = e["channels"][int(part[0])]
		words(where, ch, part, ((" count", "count"), ("latched_count", "latched_count"), ("count_latched", "count_latched"),
		      ("status", "status"), ("status_latched", "status_latched"), ("rd_state", "read_state"), ("wr_state", "write_state"),
		      ("wr_latch", "write_latch"), ("rw_mode", "rw_mode"), (" mode", "mode"), ("bcd", "bcd"), ("gate", "gate")))


def compare_rtc(where, e, text):
	registers = re.findall(r"0x[0-9a-f]{2}", text)
	for i, value in enumerate(registers[:14]):
		same(where, "cmos_data[%d]" % i, e["cmos_data"][i], hexed(value), i < 10)
	same(where, "cmos_index", e["cmos_index"], hexed(registers[14]))


def compare_hpet(where, e, text):
	words(where, e, text, (("capability", "capability"), ("config", "config"), ("isr", "isr"), ("counter", "mc64")), ("mc64",))
	timers = re.findall(r"timer(\d) config (\S+) cmp +(\S+)\s+timer\d period +(\S+) fsb +(\S+)", text)
	for n, config, cmp, period, fsb in timers:
		timer = e["timers"][int(n)]
		same(where, "timer %s config" % n, timer["config"], hexed(config))
		same(where, "timer %s cmp" % n, timer["cmp"], hexed(cmp), True)
		same(where, "timer %s period" % n, e["period"][int(n)], hexed(period))
		same(where, "timer %s fsb" % n, timer["fsb"], hexed(fsb))
	same(where, "number of timers", len(timers), 3)


def compare_pmtimer(where, e, text):
	m = re.search(r"TMR_VAL (\S+), PM1a_STS (\S+), PM1a_EN (\S+)", text)
	same(where, "tmr_val", e["tmr_val"], hexed(m[1]), True)
	same(where, "pm1a_sts", e["pm1a_sts"], hexed(m[2]))
	same(where, "pm1a_en", e["pm1a_en"], hexed(m[3]))


def compare_mtrr(where, e, text):
	words(where, e, text, (("PAT", "msr_pat_cr"), ("cap", "msr_mtrr_cap"), ("default", "msr_mtrr_def_type")))
	for n, base, mask in re.findall(r"var (\d) +(\S+) +(\S+)", text):
		same(where, "base " + n, e["msr_mtrr_var"][2 * int(n)], hexed(base))
		same(where, "mask " + n, e["msr_mtrr_var"][2 * int(n) + 1], hexed(mask))
	for n, value in re.findall(r"fixed (\w\w) +(\S+)", text):
		same(where, "fixed " + n, e["msr_mtrr_fixed"][hexed(n)], hexed(value))


def compare_vmce(where, e, text):
	words(where, e, text, (("caps", "caps"), ("bank0 mci_ctl2", "mci_ctl2_bank0"), ("bank1 mci_ctl2", "mci_ctl2_bank1")))


def compare_tsc_adjust(where, e, text):
	words(where, e, text, (("tsc_adjust", "tsc_adjust"),))


COMPARE = {
	"HEADER": compare_header, "CPU": compare_cpu, "PIC": compare_pic, "IOAPIC": compare_ioapic, "LAPIC": compare_lapic,
	"LAPIC_REGS": compare_lapic_regs, "PCI_IRQ": compare_pci_irq, "ISA_IRQ": compare_isa_irq, "PCI_LINK": compare_pci_link,
	"PIT": compare_pit, "RTC": compare_rtc, "HPET": compare_hpet, "PMTIMER": compare_pmtimer, "MTRR": compare_mtrr,
	"VMCE_VCPU": compare_vmce, "TSC_ADJUST": compare_tsc_adjust,
}


def compare(name):
	fields = show(os.path.join(STREAMS, name + ".xl"))
	with open(os.path.join(PEER, name + ".hvmctx.txt")) as f:
		parts = re.split(r"^Entry \d+: type (\d+) instance (\d+), length (\d+)$", f.read(), flags=re.M)
	seen = {}
	for kind, instance, length, text in zip(parts[1::4], parts[2::4], parts[3::4], parts[4::4]):
		kind = TYPES[int(kind)]
		if kind == "END":
			continue
		where = "%s: %s[%s]" % (name, kind, instance)
		nth = seen[kind] = seen.get(kind, -1) + 1
		entry = fields[kind][nth]
		same(where, "instance", entry["instance"], int(instance))
		COMPARE[kind](where, entry, text)
	same(name, "kinds of entries", len([k for k in fields if k != "END"]), len(seen))
	for kind, nth in seen.items():
		same(name, "number of " + kind, len(fields[kind]), nth + 1)


def main():
	if not os.path.isdir(PEER) or not os.path.exists(STREAMS + "/pvh-save.xl"):
		print("needs CRYOSCOPE_CORPUS and CRYOSCOPE_XEN, the unpacked streams")
		sys.exit(77)
	for name in ("pvh-save", "hvm-save"):
		compare(name)
	for line in failures[:40] + moving:
		print(line)
	print("%d values compared, %d differ, %d ran on" % (compared, len(failures), len(moving)))
	sys.exit(bool(failures) or compared < 900)


main()
