"""Run by gdb for bt.py: stops a program where it calls `stop_here` and writes OUT/state.json, all that
an image set has of it and gdb's own back-traces, and OUT/memory, the regions that a dump would have.
"""
import json
import os
import re

import gdb

OUT = os.environ["BT_OUT"]
REGISTERS = {"ax": "rax", "bx": "rbx", "cx": "rcx", "dx": "rdx", "si": "rsi", "di": "rdi",
             "bp": "rbp", "sp": "rsp", "ip": "rip", "flags": "eflags", "cs": "cs", "ss": "ss",
             "ds": "ds", "es": "es", "fs": "fs", "gs": "gs", "fs_base": "fs_base",
             "gs_base": "gs_base", "orig_ax": "orig_rax"}
REGISTERS.update({"r%d" % n: "r%d" % n for n in range(8, 16)})
I386 = {"ax": "eax", "bx": "ebx", "cx": "ecx", "dx": "edx", "si": "esi", "di": "edi", "bp": "ebp", "sp": "esp",
        "ip": "eip", "flags": "eflags", "cs": "cs", "ss": "ss", "ds": "ds", "es": "es"}

gdb.execute("set pagination off")
gdb.execute("set debuginfod enabled off")
gdb.execute("handle SIGUSR1 nostop noprint pass")
gdb.execute("handle SIGUSR2 nostop noprint pass")
gdb.execute("set backtrace past-main on")
gdb.execute("set backtrace past-entry on")
gdb.execute("break stop_here")
gdb.execute("run")
process = gdb.selected_inferior()
machine = "i386" if gdb.selected_frame().architecture().name() == "i386" else "x86_64"
threads = []
for thread in sorted(process.threads(), key=lambda t: t.num):
    thread.switch()
    regs = {name: int(gdb.execute("print/x $%s" % reg, to_string=True).split()[-1], 16)
            for name, reg in (I386 if machine == "i386" else REGISTERS).items()}
    frames, f = [], gdb.newest_frame()
    while f is not None:
        # Inlined calls and tail calls gdb infers from debugging information: they have no frame.
        if f.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
            frames.append([f.pc(), f.name()])
        f = f.older()
    threads.append({"tid": thread.ptid[1], "comm": open("/proc/%d/comm" % thread.ptid[1]).read().strip(),
                    "regs": regs, "frames": frames})
maps = []
with open(OUT + "/memory", "wb") as memory:
    for line in open("/proc/%d/maps" % process.pid):
        m = re.match(r"(\w+)-(\w+) (\S+) (\w+) \S+ (\d+)\s*(.*)", line)
        start, end, prot, offset, inode, name = m.groups()
        r = {"start": int(start, 16), "end": int(end, 16), "prot": prot, "offset": int(offset, 16),
             "name": name if int(inode) or name.startswith("[") else "", "at": None}
        if r["name"] in ("[vsyscall]", "[uprobes]"):
            continue
        if "w" in prot or r["name"] == "[vdso]":
            # Of a thread's stack the part that was used.
            size = min(r["end"] - r["start"], 1 << 18)
            r["from"], r["at"] = r["end"] - size, memory.tell()
            memory.write(process.read_memory(r["from"], size))
        maps.append(r)
ids = {os.path.realpath(o.filename): o.build_id for o in gdb.objfiles() if o.filename and o.build_id}
with open(OUT + "/state.json", "w") as f:
    json.dump({"pid": process.pid, "machine": machine, "threads": threads, "maps": maps, "ids": ids}, f)
gdb.execute("kill")
