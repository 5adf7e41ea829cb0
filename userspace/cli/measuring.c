// SPDX-License-Identifier: GPL-2.0
#include "measuring.h"

#include "cli.h"

const struct backend_ops *measuring_backend(const struct argp_state *state,
					    const char *name,
					    const char *choices)
{
	const struct backend_ops *backend = backend_find(name);

	if (!backend)
		cli_usage(state, "no backend \"%s\"; choose %s", name, choices);
	return backend;
}

static void take_state(struct measuring *m, const char *text,
		       const struct argp_state *state)
{
	struct error err = {0};

	if (states_add(&m->states, text, &err))
		cli_usage(state, "%s", err.text);
}

error_t measuring_parse(struct measuring *m, int key, const char *arg,
			const struct argp_state *state)
{
	switch (key) {
	case 'b':
		m->options.backend = measuring_backend(state, arg, m->backends);
		return 0;
	case 'c':
		m->options.cpu = cli_cpu(state, arg);
		return 0;
	case 'n':
		m->options.samples = cli_number(state, arg, 1, m->max_samples);
		m->samples_given = true;
		return 0;
	case 's':
		take_state(m, arg, state);
		return 0;
	case MEASURING_WARM:
		m->options.warm = cli_number(state, arg, 0, 1000);
		return 0;
	case MEASURING_TIME_LIMIT:
		m->options.time_limit = cli_time_limit(state, arg);
		return 0;
	case MEASURING_TSC_STEP:
		m->options.tsc_step =
			cli_number(state, arg, 1, MEASURING_MAX_TSC_STEP);
		return 0;
	case ARGP_KEY_SUCCESS:
		if (m->options.tsc_step && m->options.backend != &backend_user)
			cli_usage(state, "--tsc-step is for the user backend");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}
