# SPDX-License-Identifier: GPL-2.0
#
# Makes mdoc(7) of one of docs/: headings, paragraphs, lists, code, and tables, whose
# first column becomes a tag. It knows as much of Markdown as the docs use.

# The words of "[words](where)".
function linked(s) {
	sub(/^\[/, "", s)
	sub(/\]\(.*$/, "", s)
	return s
}

# Text without Markdown's marks, for troff.
function plain(s) {
	gsub(/\\\*/, "*", s)
	gsub(/\\\|/, "|", s)
	gsub(/\\/, "\\e", s)
	while (match(s, /\[[^]]*\]\([^)]*\)/))
		s = substr(s, 1, RSTART - 1) linked(substr(s, RSTART, RLENGTH)) \
			substr(s, RSTART + RLENGTH)
	gsub(/`|\*\*/, "", s)
	while (match(s, /\*[[:alpha:]()]+\*/))
		s = substr(s, 1, RSTART - 1) \
			substr(s, RSTART + 1, RLENGTH - 2) \
			substr(s, RSTART + RLENGTH)
	gsub(/-/, "\\-", s)
	gsub(/\"/, "\\(dq", s)
	gsub(/ +/, " ", s)
	sub(/^ /, "", s)
	sub(/ $/, "", s)
	return s
}

# Each sentence begins a line, and no line begins with a control character.
function put(s, n, i, words, line) {
	n = split(plain(s), words, " ")
	line = ""
	for (i = 1; i <= n; i++) {
		if (line != "" && length(line) + length(words[i]) > 76) {
			print guard(line)
			line = ""
		}
		line = line (line == "" ? "" : " ") words[i]
		if (words[i] ~ /[[:alnum:])][.?!]$/) {
			print guard(line)
			line = ""
		}
	}
	if (line != "")
		print guard(line)
}

function guard(s) {
	return s ~ /^[.']/ ? "\\&" s : s
}

function end_paragraph() {
	if (text != "") {
		if (!fresh)
			print ".Pp"
		put(text)
		fresh = 0
	}
	text = ""
}

function end_list() {
	end_paragraph_item()
	if (list)
		print ".El"
	list = 0
}

function end_paragraph_item() {
	if (item != "") {
		print ".It"
		put(item)
	}
	item = ""
}

function end_table() {
	if (table > 2)
		print ".El"
	table = 0
}

function end_code() {
	if (code)
		print ".Ed"
	code = 0
}

function end_all() {
	end_paragraph()
	end_list()
	end_table()
	end_code()
}

# One row: "\|" is no border.
function row(s, n, i, cells) {
	gsub(/\\\|/, "\001", s)
	sub(/^\| */, "", s)
	sub(/ *\|$/, "", s)
	n = split(s, cells, / *\| */)
	for (i = 1; i <= n; i++)
		gsub(/\001/, "|", cells[i])
	if (table == 3)
		print ".Bl -tag -width Ds"
	print ".It " tag(plain(cells[1]))
	s = ""
	for (i = 2; i <= n; i++) {
		if (cells[i] ~ /^ *$/)
			continue
		s = s (s == "" ? "" : "; ") \
			(i < n && heads[i] != "" ? tolower(heads[i]) ": " : "") \
			cells[i]
	}
	if (s != "")
		put(s)
	fresh = 0
}

# A tag is a macro's arguments: quoted, it is none of its own.
function tag(s) {
	return "\"" s "\""
}

/^# / { next }

/^## / {
	end_all()
	print ".Ss " plain(substr($0, 4))
	fresh = 1
	next
}

/^    / {
	end_paragraph()
	end_list()
	end_table()
	if (!code) {
		print ".Bd -literal -offset indent"
		blanks = 0
	}
	for (; blanks > 0; blanks--)
		print ""
	code = 1
	fresh = 0
	s = substr($0, 5)
	gsub(/\\/, "\\e", s)
	gsub(/-/, "\\-", s)
	print guard(s)
	next
}

/^\|/ {
	end_paragraph()
	end_list()
	end_code()
	table++
	if (table == 1) {
		sub(/^\| */, "")
		sub(/ *\|$/, "")
		split($0, heads, / *\| */)
	} else if (table > 2) {
		row($0)
	}
	next
}

/^- / {
	end_paragraph()
	end_table()
	end_code()
	end_paragraph_item()
	if (!list)
		print ".Bl -bullet"
	list = 1
	fresh = 0
	item = substr($0, 3)
	next
}

/^  / && item != "" {
	item = item $0
	next
}

/^$/ {
	if (code)
		blanks++
	else {
		end_paragraph()
		end_list()
		end_table()
	}
	next
}

{
	end_list()
	end_table()
	end_code()
	text = text " " $0
}

BEGIN { fresh = 1 }
END { end_all() }
