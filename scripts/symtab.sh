#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# stdin: `nm -n` of the first link. stdout: the tables of <hv/symbols.h> as assembler.
# Only names of the high half's text count; the last entry marks its end.
awk '
{ sub(/^ffffffff/, "", $1) } # addresses of 32-bit processors come extended by their sign
$3 == "text_start" { base = "0x" $1 }
$3 == "text_end" && n { add($1, ""); exit }
base && $2 ~ /^[tT]$/ && $3 !~ /^(text_start|\.L)/ && $1 != last { add($1, $3); last = $1 }
function add(addr, name) {
	table = table sprintf(".long 0x%s - %s\n", addr, base)
	names = names sprintf(".asciz \"%s\"\n", name)
	n++
}
END {
	print ".section .rodata.symbols, \"a\""
	print ".globl symbol_base, symbol_count, symbol_offsets, symbol_names"
	print ".balign 8\nsymbol_base: .quad " (base ? base : 0) "\nsymbol_count: .long " n + 0
	print ".balign 4\nsymbol_offsets:\n" table "symbol_names:\n" names
	print ".section .note.GNU-stack, \"\", @progbits"
}'
