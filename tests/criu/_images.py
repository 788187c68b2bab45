"""Images of CRIU's written by hand, for tests: messages from numbered fields, files with the magics
of real ones."""
import os
import struct

from _wire import varint

HERE = os.path.dirname(os.path.abspath(__file__))
REAL = os.path.join(HERE, "..", "real", "tree")
PRESENT = 4


def message(*fields):
    """(number, value) pairs: an int, bytes, or a list of either."""
    out = b""
    for number, value in fields:
        for v in value if isinstance(value, list) else [value]:
            if isinstance(v, int):
                out += varint(number << 3) + varint(v)
            else:
                out += varint(number << 3 | 2) + varint(len(v)) + v
    return out


def real(kind):
    """The path of some real image of a kind."""
    return next(os.path.join(REAL, n) for n in sorted(os.listdir(REAL)) if n.startswith(kind))


def write(folder, name, *records):
    with open(real(name.split("-")[0].split(".")[0] + ("-" if "-" in name else "."), ), "rb") as f:
        head = f.read(8 if not name.startswith("inventory") else 4)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(head + b"".join(struct.pack("<I", len(r)) + r for r in records))


def vma(start, end, prot, status=1, flags=0x22, pgoff=0, shmid=0):
    return message((1, start), (2, end), (3, pgoff), (4, shmid), (5, prot), (6, flags), (7, status),
                   (8, 1))


def mm(vmas, auxv=(), args=(0, 0), stack=0):
    return message((1, 0), (2, 0), (3, 0), (4, 0), (5, stack), (6, 0), (7, 0), (8, args[0]),
                   (9, args[1]), (10, args[1]), (11, args[1]), (12, 0), (13, list(auxv)), (14, vmas))


def reg_file(number, path):
    """An entry of files.img."""
    fown = message((1, 0), (2, 0), (3, 0), (4, 0), (5, 0))
    reg = message((1, number), (2, 0), (3, 0), (5, fown), (6, path))
    return message((1, 1), (2, number), (3, reg))


def make(folder, pid, cores, mm_message=None, runs=(), pages=b"", ppid=0, pgid=None, sid=None,
         files=()):
    """A set of one process. `cores`: of each tid its core_entry; `runs`: (address, pages)."""
    os.makedirs(folder, exist_ok=True)
    with open(real("inventory"), "rb") as f, open(os.path.join(folder, "inventory.img"), "wb") as g:
        g.write(f.read())
    write(folder, "pstree.img", message((1, pid), (2, ppid), (3, pid if pgid is None else pgid),
                                        (4, pid if sid is None else sid), (5, list(cores))))
    for tid, core in cores.items():
        write(folder, "core-%d.img" % tid, core)
    if mm_message is not None:
        write(folder, "mm-%d.img" % pid, mm_message)
    write(folder, "files.img", *files)
    write(folder, "pagemap-%d.img" % pid, message((1, 1)),
          *[message((1, va), (2, n), (4, PRESENT)) for va, n in runs])
    with open(os.path.join(folder, "pages-1.img"), "wb") as f:
        f.write(pages)
