// SPDX-License-Identifier: GPL-2.0
#include <boost/context/fiber.hpp>
#include <cstdio>

#include "serve.h"

/*
 * To another stack and back, by Boost.Context. Each way it saves and restores the registers
 * that a function has to keep, MXCSR and the x87 control word among them.
 */

namespace {

boost::context::fiber other;
uint64_t visits;

boost::context::fiber visit(boost::context::fiber &&caller)
{
	for (;;) {
		visits++;
		caller = std::move(caller).resume();
	}
}

} // namespace

__attribute__((noipa)) void there_and_back()
{
	other = std::move(other).resume();
}

namespace {

void loop(uint32_t n)
{
	while (n--)
		there_and_back();
}

} // namespace

int main(int argc, char **argv)
{
	struct serve_calls calls = {};

	calls.name = "fiber";
	calls.loop = loop;
	other = boost::context::fiber(visit);
	there_and_back();
	if (visits != 1) {
		std::fputs("fiber: the other stack wasn't reached\n", stderr);
		return SERVE_IMPOSSIBLE;
	}
	return serve_program(&calls, argc, argv);
}
