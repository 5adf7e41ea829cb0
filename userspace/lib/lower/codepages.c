// SPDX-License-Identifier: GPL-2.0
#include "codepages.h"

#include <stdlib.h>

#include "uapi/switchcost.h"

int codepages_init(struct codepages *pages, size_t most)
{
	*pages = (struct codepages){
		.list = calloc(most + 1, sizeof(*pages->list))};
	return pages->list ? 0 : -1;
}

void codepages_free(struct codepages *pages)
{
	free(pages->list);
	*pages = (struct codepages){.list = NULL};
}

static uint32_t new_number(const struct codepages *pages, uint64_t page)
{
	uint32_t number = page % SWC_CODE_PAGES;
	size_t i;

	for (i = 0; i < pages->n; i++) {
		if (pages->list[i].number != number)
			continue;
		number = (number + SWC_CODE_SPREAD) % SWC_CODE_PAGES;
		i = -1;
	}
	return number;
}

uint32_t codepages_number(struct codepages *pages, uint64_t page)
{
	size_t i;

	for (i = 0; i < pages->n && pages->list[i].page != page; i++)
		;
	if (i == pages->n) {
		pages->list[i] =
			(struct codepage){page, new_number(pages, page)};
		pages->n++;
	}
	return pages->list[i].number;
}
