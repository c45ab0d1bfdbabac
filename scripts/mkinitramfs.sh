#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mkinitramfs.sh OUT: an initramfs with Debian's unmodified busybox-static:i386 and a shell on
# the console; it boots linuxlike and Linux alike. The archive is written here, entry by entry,
# so that device nodes need no root and two runs give the same bytes.
set -eu
cd "$(dirname "$0")/.."
out=$1
time=${SOURCE_DATE_EPOCH:-1700000000}
busybox=build/cache/busybox-i386
[ -x "$busybox" ] || scripts/fetch-deb.sh i386 busybox-static bin/busybox "$busybox"

# Which applets it has: it says so itself where 32-bit programs run, else its twin of this machine.
applets() {
	"$busybox" --list 2>/dev/null && return
	twin=build/cache/busybox-twin
	[ -x "$twin" ] || scripts/fetch-deb.sh "$(dpkg --print-architecture)" busybox-static bin/busybox "$twin"
	"$twin" --list
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
ino=0

pad() { # BYTES: zeros up to a multiple of four
	case $(($1 % 4)) in 1) printf '\0\0\0' ;; 2) printf '\0\0' ;; 3) printf '\0' ;; esac
}

entry() { # MODE(octal, with type) LINKS NAME DATAFILE [MAJOR MINOR]
	size=0
	[ -z "$4" ] || size=$(stat -c %s "$4")
	ino=$((ino + 1))
	printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0' \
		"$ino" "$(printf %d "0$1")" 0 0 "$2" "$time" "$size" 0 0 "${5:-0}" "${6:-0}" $((${#3} + 1)) 0 "$3"
	pad $((110 + ${#3} + 1))
	[ -z "$4" ] || cat "$4"
	pad "$size"
}

dir() { entry "4$1" 2 "$2" ""; }
node() { entry "2$1" 1 "$2" "" "$3" "$4"; }
file() { cat >"$tmp/data" && entry "10$1" 1 "$2" "$tmp/data"; }
link() { printf %s "$1" >"$tmp/data" && entry 120777 1 "$2" "$tmp/data"; }

archive() {
	dir 0755 .
	for d in bin dev etc proc sys var var/log var/run; do dir 0755 "$d"; done
	dir 0700 root
	dir 1777 tmp
	link bin sbin
	dir 0755 usr
	link ../bin usr/bin
	link ../bin usr/sbin
	node 0600 dev/console 5 1
	node 0666 dev/null 1 3
	file 0644 etc/passwd <<-'END'
		root:x:0:0:root:/root:/bin/sh
		daemon:x:1:1:daemon:/:/bin/false
		nobody:x:65534:65534:nobody:/:/bin/false
	END
	file 0644 etc/group <<-'END'
		root:x:0:
		daemon:x:1:
		tty:x:5:
		nogroup:x:65534:
	END
	echo tagma | file 0644 etc/hostname
	echo 'Debian busybox. Leave with "exit".' | file 0644 etc/motd
	file 0644 etc/profile <<-'END'
		export PATH=/bin HOME=/root USER=root SHELL=/bin/sh TERM=${TERM:-linux}
		umask 022
	END
	file 0755 init <<-'END'
		#!/bin/sh
		export PATH=/bin HOME=/root
		mount -t proc proc /proc
		mount -t devtmpfs devtmpfs /dev 2>/dev/null
		mount -t tmpfs tmpfs /tmp
		ln -sf /proc/self/fd /dev/fd
		for n in 0:stdin 1:stdout 2:stderr; do ln -sf "/proc/self/fd/${n%:*}" "/dev/${n#*:}"; done
		hostname -F /etc/hostname
		# Job control needs the terminal itself: /dev/console controls no one.
		tty=console
		while read -r name rest; do [ -c "/dev/$name" ] && tty=$name && break; done </proc/consoles
		cat /etc/motd
		cd /root
		setsid -c sh -l <>"/dev/$tty" >&0 2>&1
		poweroff -f
	END
	entry 100755 1 bin/busybox "$busybox"
	for a in $(applets | LC_ALL=C sort); do
		case $a in busybox | linuxrc) ;; *) link busybox "bin/$a" ;; esac
	done
	entry 0 1 'TRAILER!!!' ""
}

mkdir -p "$(dirname "$out")"
archive >"$out.tmp"
mv "$out.tmp" "$out"
