/* For bt-machines.py: a program of 32 bits that needs no library, since those are seldom there. It
 * stops in a signal handler, behind which the interrupted function goes on. */
#define FRAME __attribute__((noinline, noclone))

enum { SYS_exit = 1, SYS_getpid = 20, SYS_kill = 37, SYS_sigaction = 67, SIGUSR2 = 12 };

static volatile int sink;

static int call(int number, int a, int b, int c)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory");
	return result;
}

FRAME void stop_here(int n)
{
	sink += n;
}

FRAME void on_signal(int signal)
{
	char room[40];

	room[signal] = (char)signal;
	stop_here(room[signal]);
	sink++;
}

FRAME int interrupted(int n)
{
	call(SYS_kill, call(SYS_getpid, 0, 0, 0), SIGUSR2, 0);
	return n + sink;
}

FRAME int recursion(int n)
{
	volatile char room[100];

	room[n] = (char)n;
	return n ? recursion(n - 1) + room[n] : interrupted(n) + room[0];
}

FRAME int outer(int n)
{
	struct {
		void (*handler)(int);
		unsigned mask, flags;
		void (*restorer)(void);
	} action = { on_signal, 0, 0, 0 };

	call(SYS_sigaction, SIGUSR2, (int)&action, 0);
	return recursion(n) + 1;
}

__asm__(".globl _start\n"
	".type _start, @function\n"
	"_start:\n"
	".cfi_startproc\n"
	".cfi_undefined eip\n"
	"	xorl %ebp, %ebp\n"
	"	pushl $6\n"
	"	call outer\n"
	"	movl $1, %eax\n"
	"	xorl %ebx, %ebx\n"
	"	int $0x80\n"
	".cfi_endproc\n"
	".size _start, . - _start\n");
