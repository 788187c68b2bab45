/* The composition root: the command line, or the browser. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/magic.h"
#include "formats.h"
#include "ui/ui.h"

/* Keys come from the terminal even if the image came through standard input. */
static bool take_terminal(const struct cli *cli)
{
	int fd;

	if (cli->script || strcmp(cli->args[0], "-"))
		return true;
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (dup2(fd, 0) < 0)
		return false;
	close(fd);
	return true;
}

static bool have_terminal(const struct cli *cli)
{
	const char *term = getenv("TERM");
	bool piped = !strcmp(cli->args[0], "-");

	if (cli->script)
		return true;
	return (isatty(0) || piped) && isatty(1) && term && *term && strcmp(term, "dumb");
}

static int no_terminal(const struct cli *cli)
{
	print_error(cli,
		    "no terminal to browse in; 'cryoscope info %s' (or tree, show) prints the same",
		    cli->args[0]);
	return EXIT_WRONG;
}

struct source_of_cli {
	const char *path;
	struct model_options options;
};

static struct err *open_source(void *arg, struct job *job, struct model **out)
{
	struct source_of_cli *s = arg;

	s->options.opening = job;
	return model_open(s->path, formats, &s->options, out);
}

/* In the browser's own time, if there is a terminal and the keys are not the image. */
static int open_shown(const struct cli *cli, const struct ui_options *ui, struct model **out)
{
	struct source_of_cli s = { .path = cli->args[0] };
	struct ui_source from = { .name = s.path, .open = open_source, .arg = &s };
	struct err *err;
	int status;

	if (cli->script || !strcmp(s.path, "-") || !have_terminal(cli))
		return cli_open(cli, formats, out);
	if (!cli_model_options(cli, &s.options, &status))
		return status;
	err = ui_open(&from, ui, out);
	return err ? cli_open_failed(cli, err) : EXIT_FINE;
}

/* To compare with: by the same options. */
static struct err *open_second(void *arg, const char *path, struct job *job, struct model **out)
{
	struct source_of_cli s = { .path = path };
	int status;

	if (!cli_model_options(arg, &s.options, &status))
		return err_new(ERR_USAGE, "the options are wrong");
	return open_source(&s, job, out);
}

static int browse(const struct cli *cli)
{
	struct ui_options ui = {
		.theme = cli->theme,
		.color = (enum ui_color)cli->color,
		.ascii = cli->ascii,
		.go = cli->go,
		.script = cli->script,
		.size = cli->size,
		.second = cli->count > 1 ? cli->args[1] : NULL,
		.open = open_second,
		.open_arg = (void *)(uintptr_t)cli,
	};
	struct model *m = NULL;
	int status;

	status = open_shown(cli, &ui, &m);
	if (status)
		return status;
	if (have_terminal(cli) && take_terminal(cli))
		status = ui_run(m, &ui);
	else
		status = no_terminal(cli);
	model_close(m);
	return status;
}

/* --dump-docs: what the manual is made of. */
static int dump_docs(const char *part)
{
	struct out *o = malloc(sizeof(*o));
	int status;

	if (!o)
		return EXIT_WRONG;
	out_init(o, 1);
	status = ui_docs(part, o) ? EXIT_FINE : docs_dump(part, o);
	if (out_flush(o))
		status = EXIT_WRONG;
	free(o);
	return status;
}

int main(int argc, char **argv)
{
	struct cli cli;
	int status;

	/* Only which characters the terminal has: numbers and order stay as in C. */
	setlocale(LC_CTYPE, "");
	if (!cli_parse(&cli, argc, argv, &status))
		return status;
	if (cli.dump)
		return dump_docs(cli.dump);
	status = cli.verb || cli.complete ? cli_run(&cli, formats) : browse(&cli);
	magic_fini();
	return status;
}
