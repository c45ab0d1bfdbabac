#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Busybox applets at work, for two kernels to be compared by what this prints: nothing here may
# depend on the time, on process numbers or on the machine. Everything happens in /tmp/applets.
# (wait's "Terminated" goes to /dev/null: the shell prints it only if wait itself reaps the child.)
export TZ=UTC LC_ALL=C PATH=/bin
umask 022
rm -rf /tmp/applets
mkdir /tmp/applets
cd /tmp/applets || exit 1

t() { echo "== $*"; }
stamp() { touch -h -d '2020-01-02 03:04:05' "$@"; }

t echo printf
echo -e 'a\tb\\n' && printf '%5d|%-5s|%x|%o|%c\n' 42 ab 255 8 xyz
t seq
seq 3; seq 10 -3 1; seq -s, 1 5
t cat tac rev nl
seq 1 5 >five
cat -n five; tac five; echo hello | rev; printf 'a\n\nb\n' | nl -b a
t head tail
seq 1 100 >hundred
head -n 3 hundred; tail -n 2 hundred; tail -n +99 hundred; head -c 5 hundred; echo
t wc
wc hundred; wc -l <hundred; wc -c hundred five
t sort uniq
printf 'pear\napple\nfig\napple\n' >fruit
sort fruit; sort -r fruit; sort -u fruit; sort fruit | uniq -c; printf '10 b\n9 a\n100 c\n' | sort -n -k1
t cut paste tr fold expand unexpand
cut -d: -f1,3 /etc/passwd; cut -c2-4 fruit; paste five five; paste -s -d+ five
echo Hello | tr a-z A-Z; echo aabbcc | tr -s a-c; echo 'a1b2' | tr -d 0-9
echo abcdefghij | fold -w 4; printf 'a\tb\n' | expand -t 4; printf '        x\n' | unexpand
t grep egrep fgrep
grep -n ap fruit; grep -c apple fruit; grep -v apple fruit; grep -E '^(fig|pear)$' fruit
echo 'a.b' | grep -F .; grep -q nothing fruit; echo "status $?"; egrep 'p{2}' fruit
t sed
sed -n '2p;$p' five; sed 's/\([a-z]\)\1/<&>/g' fruit; sed -e '1d' -e '/3/i\before' five
sed -i 's/apple/APPLE/' fruit; cat fruit; printf 'a\nb\nc\n' | sed -n '/a/,/b/{=;p}'; echo x | sed 'y/x/z/'
t awk
awk '{ s += $1 } END { print s, NR, s / NR }' hundred
awk -F: '$3 == 0 { printf "%s %d\n", $1, length($0) }' /etc/passwd
echo 'one two three' | awk '{ $2 = toupper($2); print; n = split($0, a, " "); print a[n], index($0, "th"), substr($0, 2, 3) }'
awk 'BEGIN { x["b"] = 1; x["a"] = 2; for (k in x) n++; print n, sprintf("%05.2f", 3.14159), int(-3.7), 7 % 3 }'
t expr factor dc bc
expr 6 \* 7; expr length abcdef; expr abc : 'a\(.\)c'; expr 1 = 2; echo "status $?"
factor 360 97; echo '2 3 + p 10 3 ^ p 16 o 255 p' | dc; echo 'scale=5; 22/7; 2^64' | bc
t test [ [[ true false
test -d /tmp && echo dir; [ 3 -lt 10 ] && echo less; [ -z "" ] && echo empty; [ a = b ] || echo differ
true; echo $?; false; echo $?
t basename dirname realpath readlink
basename /a/b/c.txt .txt; dirname /a/b/c; dirname x; ln -s five link; readlink link; realpath link
readlink -f ./../applets/link; readlink -f missing/x; echo "status $?"
t mkdir rmdir
mkdir -p d/e/f; mkdir d; echo "status $?"; rmdir d/e; rmdir -p d/e/f; ls -d d; mkdir -m 700 priv; stat -c '%A %a' priv
t touch stat
stamp five; stat -c '%n %s %F %a %A %U %G %h %Y %b %B %o' five; stat -c '%N %F %s' link
touch -d @0 epoch; stat -c '%y' epoch; stat -c '%F %a %s' /tmp/applets /dev/null
t cp mv ln rm
cp five six; cmp five six && echo same; cp -p five seven; stat -c %Y seven; ln five hard; stat -c '%h' five
mv six eight; ls; rm eight; rm eight; rm -f eight; ln -s missing dangling; cat dangling; ln five hard; cp five d1/; echo "status $?"
t ls
mkdir tree tree/sub; echo 1 >tree/b; echo 22 >tree/a; ln -s b tree/l; mkfifo tree/p; echo x >tree/.hidden
stamp tree/* tree/.hidden tree
ls tree; ls -a tree; ls -l tree; ls -1p tree; ls -F tree; ls -R tree; ls -ld tree; ls -lS tree; ls -s tree; ls missing
t chmod chown chgrp
chmod 4755 tree/a; ls -l tree/a; chmod u=r,go= tree/a; stat -c %A tree/a; chmod -R a+rX tree; stat -c '%A %n' tree/* | sort
chown 1:2 tree/b; chgrp 3 tree/a; stat -c '%u %g %n' tree/a tree/b; chown daemon:tty tree/b; stat -c '%U %G' tree/b; chown -h 5 tree/l; stat -c %u tree/l
t find
find tree | sort; find tree -type f -name '[ab]' | sort; find tree -size -2 -type f | sort
find tree -type l -exec readlink {} \; ; find tree -name a -newer five; find tree -perm -4000; find . -maxdepth 1 -empty | sort
find tree
t xargs
seq 1 7 | xargs -n 3 echo; printf 'a b\0c\0' | xargs -0 -n 1 echo; find tree -type f | sort | xargs wc -c; echo x | xargs -I{} echo '<{}>'
t tee
echo tee | tee t1 t2 | tr e E; cat t1 t2; echo more | tee -a t1 >/dev/null; cat t1
t diff cmp patch
sed 's/3/three/; 5d' five >five.new; diff five five.new; diff -u five five.new | tail -n +3
diff -q five five.new; cmp five five.new; diff -u five five.new | sed '1s/.*/--- five/; 2s/.*/+++ five/' >five.patch
cp five target; sed -i s/five/target/ five.patch; patch -p0 <five.patch; cmp target five.new && echo patched; mkdir da db; echo 1 >da/x; echo 2 >db/x; diff -r da db; echo "status $?"
t od hexdump xxd strings
printf 'ABC\000\377xyz0123456789' >bin; od -c bin; od -An -tx1 bin; hexdump -C bin; xxd bin; strings -n 4 bin
t base64 uuencode uudecode
echo 'Hello, world' | base64; echo SGVsbG8= | base64 -d; echo; uuencode -m five enc <five >u; sed 1d u; uuencode five five.u <five | uudecode; echo "status $?"; cmp five five.u
t md5sum sha1sum sha256sum sha512sum sha3sum crc32
md5sum five; sha1sum five; sha256sum five hundred >sums; cat sums; sha256sum -c sums; sha512sum five; sha3sum five; crc32 five
t tar
tar cf a.tar tree five; tar tf a.tar | sort; mkdir x; tar xf a.tar -C x; find x | sort; ls -l x/five; stat -c '%A %Y %n' x/tree/b; tar czf a.tgz tree; tar tzf a.tgz | sort | head -n 3
tar xOf a.tar five | head -n 1
t gzip gunzip zcat
gzip -c hundred | gunzip | md5sum; cp hundred h; gzip h; ls h*; zcat h.gz | tail -n 1; gunzip h.gz; ls h; gunzip five; echo "status $?"
t bzip2 bunzip2 bzcat
bzip2 -c hundred >h.bz2; bunzip2 -c h.bz2 | md5sum; bzcat h.bz2 | head -n 1
echo QlpoOTFBWSZTWQN749kAAATRgAAQQAA+59wgIAAhKoM9QmGFCmTEyDIxZm44hI4QbTzGN0I8TnzW1EjNTU/i7kinChIAb3x7IA== | base64 -d | bunzip2
t xz unxz xzcat lzma unlzma lzcat
echo /Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQApY29tcHJlc3NlZCBieSBhbm90aGVyIHByb2dyYW0Kc2Vjb25kIGxpbmUKAAAAck3/O2zIyigAAUIqelFyOR+2830BAAAAAARZWg== | base64 -d >p.xz; xzcat p.xz; unxz p.xz; cat p
echo 'XQAAgAD//////////wAxm8nz9ryOxc4dV7n7rpY7CIawnnyNVBXFKjy90e5HUysvxIZF6Y77Bpd2v0oe/4DJ4AA=' | base64 -d | unlzma
t unzip
echo 'UEsDBBQAAAAIAIMYIlAUpcysLAAAACoAAAALAAAAZGlyL3BheWxvYWRLzs8tKEotLk5NUUiqVEjMyy/JSC1SKCjKTy9KzOUqTk3Oz0tRyMnMS+UCAFBLAQIUAxQAAAAIAIMYIlAUpcysLAAAACoAAAALAAAAAAAAAAAAAACkAQAAAABkaXIvcGF5bG9hZFBLBQYAAAAAAQABADkAAABVAAAAAAA=' | base64 -d >z.zip
unzip -l z.zip; unzip -q z.zip; cat dir/payload; stat -c '%A %s' dir/payload
t cpio ar
find tree | sort | cpio -o -H newc 2>/dev/null >a.cpio; mkdir y; (cd y && cpio -id <../a.cpio 2>&1); find y | sort; ar -p missing.a; echo "status $?"; printf '!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10s`\n%s' m/ 0 0 0 100644 6 "inside" >m.a; ar -p m.a m; echo
t dd truncate
dd if=hundred of=part bs=10 count=3 skip=1 2>/dev/null; cat part; echo; dd if=/dev/zero of=sparse bs=1 count=1 seek=1048576 2>/dev/null; stat -c '%s %b' sparse; du -k sparse; truncate -s 100k sparse; stat -c '%s %b' sparse; truncate -s 0 sparse; stat -c '%s %b' sparse
dd if=/dev/zero bs=4k count=3 2>&1 | wc -c; echo abcdef | dd conv=ucase 2>/dev/null; dd if=/dev/full of=/dev/null bs=1 count=2 2>/dev/null; echo x >/dev/full; echo "status $?"
t du df
mkdir u1; dd if=/dev/zero of=u1/f bs=1k count=20 2>/dev/null; du -k u1; du -sk u1; du -ak u1 | sort; df -k /tmp | awk '{ print NF, $1, $6 }'
t date cal
date -u -d @86400 '+%Y-%m-%d %H:%M:%S %j %a %b'; date -u -d '2021-03-04 05:06:07' +%s; date -r five +%F; cal 2 2024
t env printenv id whoami groups hostname uname logname
env -i A=1 B=2 env; id; whoami; groups; hostname; uname -s; id -u nobody; FOO=bar sh -c 'echo $FOO'
t which type
which ls; which nothing; echo "status $?"
t mktemp
f=$(mktemp /tmp/applets/tmp.XXXXXX); [ -f "$f" ] && stat -c %a "$f"; echo "${#f}"; d=$(mktemp -d); [ -d "$d" ] && stat -c %a "$d"; rmdir "$d"; rm "$f"
t mkfifo mknod
mkfifo ff; (echo through the fifo >ff) & cat ff; wait; mknod n p; ls -l n ff | awk '{ print $1, $NF }'; mknod null2 c 1 3; echo gone >null2; cat null2; stat -c '%t %T %F' null2
t sleep usleep timeout
sleep 0.1; usleep 1000; timeout 1 true; echo $?; timeout 0.2 sleep 5; echo $?; timeout -s KILL 0.2 sleep 5; echo $?
t kill trap
sh -c 'trap "echo caught TERM" TERM; kill -TERM $$; echo after'; sh -c 'kill -9 $$'; echo $?; sh -c 'kill -SEGV $$'; echo $?
sh -c 'trap "echo bye" EXIT; exit 3'; echo $?; sleep 10 & kill $!; wait $! 2>/dev/null; echo $?; kill -l | head -n 3; kill 999999; echo $?; (trap '' INT; sh -c 'kill -INT $$; echo ignored')
t subshells pipes redirection
(echo sub; exit 4); echo $?; echo a | (read x; echo "got $x"); { echo out; echo err >&2; } 2>&1 >/dev/null | sed s/^/2:/; exec 5>fd5; echo five >&5; exec 5>&-; cat fd5
cat <<END; echo "$(echo nested $(echo deep))"; x=$(false); echo $?; yes | head -n 2; seq 1 100000 | tail -n 1; cat five | cat | cat | wc -l
here $((6 * 7)) doc
END
set -C; echo no >five; set +C; cat <nofile; echo "status $?"; echo "a b" | while read -r p q; do echo "$q $p"; done; sh -c 'yes | head -n 1 >/dev/null; echo piped'
t functions loops case
fac() { [ "$1" -le 1 ] && echo 1 || echo $(($1 * $(fac $(($1 - 1))))); }; fac 10
for i in 1 2 3; do case $i in 2) continue ;; *) echo $i ;; esac; done; i=0; while [ $i -lt 3 ]; do i=$((i + 1)); done; echo $i; until false; do break; done
v=hello.tar.gz; echo ${v%.*} ${v%%.*} ${v#*.} ${v##*.} ${#v} ${none:-def} ${v/l/L}; set -- a 'b c' d; echo $# "$2"; shift; echo "$@"; IFS=:; set -- $(echo 1:2:3); echo $3; unset IFS
t job control in sh
sh -m -c 'sleep 0.1 & wait; echo waited'; (sleep 0.2; echo later) & echo first; wait; sh -c 'sleep 3 & p=$!; kill -STOP $p; kill -CONT $p; kill $p; wait $p 2>/dev/null; echo $?'
t vi
printf 'one\ntwo\nthree\n' >v
# vi asks the terminal for its size first and drops what was typed by then: type late.
(usleep 300000; printf ':2\rddGoend of file\033'; usleep 300000; printf ':wq\r') | vi v >/dev/null 2>&1; cat v
vi -c ':%s/e/E/g' -c ':x' v </dev/null >/dev/null 2>&1; cat v
t ed
printf 'one\ntwo\n' >e; printf '1a\nmiddle\n.\n,p\nw\nq\n' | ed e; cat e
t dos2unix unix2dos
printf 'a\nb\n' >dos; unix2dos dos; od -c dos; dos2unix dos; od -c dos
t split shuf ts tsort
shuf -e a b c | sort; seq 5 | shuf | sort -n | paste -s -d' '; shuf -i 1-3 -n 3 | sort
t run-parts
mkdir parts; printf '#!/bin/sh\necho part one\n' >parts/1; printf '#!/bin/sh\necho part two\n' >parts/2; chmod 755 parts/*; run-parts parts
t nproc getopt ipcalc ascii
nproc; getopt -o ab: -- -a -b x y; ipcalc -n 192.168.1.77/24; ipcalc -b 10.0.0.1/8
t less more watch time
more five </dev/null; (time true) 2>&1 | sed 's/[0-9.]*s$/N/' | head -n 4
t mount umount
mkdir m; mount -t tmpfs -o size=64k none m; echo in >m/f; cat m/f; grep applets/m /proc/mounts | sed 's/,inode64//'; dd if=/dev/zero of=m/big bs=1k count=100 2>&1 | head -n 1; stat -c '%s %b' m/big; rm m/big; df -k m | awk 'END { print $2, $3, $4 }'; umount m; ls m; umount m 2>/dev/null; echo $?
mkdir b1 b2; echo bound >b1/f; mount -o bind b1 b2; cat b2/f; umount b2; ls b2; mount -t nosuch none m 2>/dev/null; echo $?
t permissions of others
mkdir -m 755 o; echo secret >o/s; chmod 600 o/s; chmod 755 .
su -s /bin/sh nobody -c 'id; cat o/s; echo x >o/new; ls o; cat /etc/hostname; echo x >/tmp/mine; stat -c "%U %a" /tmp/mine; chmod 600 /tmp/mine; chown root /tmp/mine; rm -f o/s; mkdir /x; cd /root; kill 1; mount -t tmpfs none /tmp; mknod /tmp/dev c 1 3; hostname nobody'
su -s /bin/sh daemon -c 'rm -f /tmp/mine; cat /tmp/mine; mv /tmp/mine /tmp/yours'; rm /tmp/mine
t chroot
mkdir -p jail/bin; cp /bin/busybox jail/bin/; chroot jail /bin/busybox sh -c 'pwd; cd ..; pwd; /bin/busybox ls /'; rm -rf jail
t proc
cat /proc/self/comm; readlink /proc/self/cwd; readlink /proc/self/exe; tr '\0' ' ' </proc/self/cmdline; echo; ls -d /proc/self/fd; echo x | readlink /proc/self/fd/0 | sed 's/[0-9]*//g'; (exec 7<five; readlink /proc/self/fd/7 || sh -c 'readlink /proc/$PPID/fd/7')
awk '/^(Name|State|Uid|Threads)/' /proc/self/status; cut -d' ' -f2,3 /proc/self/stat; cat /proc/sys/kernel/ostype; cat /proc/nothing; mkdir /proc/x; touch /proc/x; rm /proc/version; sleep 5 & usleep 300000; pidof sleep | wc -w; kill $!; wait $! 2>/dev/null; test -e /proc/$! ; echo $?
rm five; exec 6<hundred; rm hundred; readlink /proc/$$/fd/6; read -r l <&6; echo $l; exec 6<&-
t big files and many names
dd if=/dev/urandom of=r bs=64k count=16 2>/dev/null; cp r r2; cmp r r2 && echo equal; gzip -c r | gunzip | cmp - r && echo equal; mkdir many; cd many; seq 1 500 | xargs touch; ls | wc -l; find . | head -n 4; stat -c %s .; rm -f 1*; ls | wc -l; cd ..; rm -r many; ls -d many
i=0; p=deep; while [ $i -lt 40 ]; do p=$p/d; i=$((i + 1)); done; mkdir -p $p; find deep | wc -l; mv deep/d/d deep/moved; find deep -maxdepth 2 | sort; rm -r deep
ln -s l1 l2; ln -s l2 l1; cat l1; ls -l l1 | awk '{ print $(NF-2), $NF }'; cd priv; rmdir ../priv; pwd; ls; touch x; cd ..; mv tree tree/sub/x; mv -T da db; mv u1 d; ls d
t all done
cd / && rm -rf /tmp/applets && ls -A /tmp
