/* SPDX-License-Identifier: GPL-2.0-only */
/* Terminals at the system-call boundary: termios and the ioctls (asm-generic). */
#ifndef LX_ABI_TTY_H
#define LX_ABI_TTY_H

#include "linux_abi.h"

#define NCCS 19

struct termios_abi {
	uint32_t iflag, oflag, cflag, lflag;
	uint8_t line;
	uint8_t cc[NCCS];
};
_Static_assert(sizeof(struct termios_abi) == 36, "struct termios");

struct termios2_abi {
	struct termios_abi t;
	uint32_t ispeed, ospeed;
};
_Static_assert(sizeof(struct termios2_abi) == 44, "struct termios2");

struct winsize_abi {
	uint16_t row, col, xpixel, ypixel;
};

/* iflag */
#define IGNBRK 0000001u
#define BRKINT 0000002u
#define ISTRIP 0000040u
#define INLCR 0000100u
#define IGNCR 0000200u
#define ICRNL 0000400u
#define IXON 0002000u
#define IXANY 0004000u
#define IMAXBEL 0020000u
#define IUTF8 0040000u
/* oflag */
#define OPOST 0000001u
#define OLCUC 0000002u
#define ONLCR 0000004u
#define OCRNL 0000010u
#define ONOCR 0000020u
#define ONLRET 0000040u
#define TABDLY 0014000u
#define XTABS 0014000u
/* cflag */
#define B38400 0000017u
#define B115200 0010002u
#define CS8 0000060u
#define CREAD 0000200u
#define HUPCL 0002000u
#define CLOCAL 0004000u
/* lflag */
#define ISIG 0000001u
#define ICANON 0000002u
#define ECHO 0000010u
#define ECHOE 0000020u
#define ECHOK 0000040u
#define ECHONL 0000100u
#define NOFLSH 0000200u
#define TOSTOP 0000400u
#define ECHOCTL 0001000u
#define ECHOPRT 0002000u
#define ECHOKE 0004000u
#define IEXTEN 0100000u
/* cc */
#define VINTR 0
#define VQUIT 1
#define VERASE 2
#define VKILL 3
#define VEOF 4
#define VTIME 5
#define VMIN 6
#define VSTART 8
#define VSTOP 9
#define VSUSP 10
#define VEOL 11
#define VREPRINT 12
#define VWERASE 14
#define VLNEXT 15
#define VEOL2 16

#define TCGETS 0x5401u
#define TCSETS 0x5402u
#define TCSETSW 0x5403u
#define TCSETSF 0x5404u
#define TCGETA 0x5405u
#define TCSETA 0x5406u
#define TCSETAW 0x5407u
#define TCSETAF 0x5408u
#define TCSBRK 0x5409u
#define TCXONC 0x540Au
#define TCFLSH 0x540Bu
#define TIOCEXCL 0x540Cu
#define TIOCNXCL 0x540Du
#define TIOCSCTTY 0x540Eu
#define TIOCGPGRP 0x540Fu
#define TIOCSPGRP 0x5410u
#define TIOCOUTQ 0x5411u
#define TIOCGWINSZ 0x5413u
#define TIOCSWINSZ 0x5414u
#define FIONREAD 0x541Bu
#define FIONBIO 0x5421u
#define TIOCNOTTY 0x5422u
#define TCSBRKP 0x5425u
#define TIOCGSID 0x5429u
#define TCGETS2 0x802C542Au
#define TCSETS2 0x402C542Bu
#define TCSETSW2 0x402C542Cu
#define TCSETSF2 0x402C542Du
#define FIONCLEX 0x5450u
#define FIOCLEX 0x5451u

/* struct termio of TCGETA: 16-bit flags */
struct termio_abi {
	uint16_t iflag, oflag, cflag, lflag;
	uint8_t line;
	uint8_t cc[8];
};
_Static_assert(sizeof(struct termio_abi) == 18, "struct termio");

#endif
