# SPDX-License-Identifier: GPL-2.0-only
# Completion for bash: . toolstack/cli/tagma.bash
_tagma() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb= i machine=
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-m | --machine-name) machine="-m ${COMP_WORDS[++i]}" ;;
		-*) ;;
		*) verb=${verb:-${COMP_WORDS[i]}} ;;
		esac
	done
	case $prev in
	-m | --machine-name)
		mapfile -t COMPREPLY < <(compgen -W "$(tagma machines 2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$cur")
		return ;;
	--image | -o | --output)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	esac
	case $verb in
	'' | help)
		mapfile -t COMPREPLY < <(compgen -W "$(tagma help | awk '/^Options/ { exit } /^  [a-z]/ { print $1 }')" -- "$cur") ;;
	up | run | create | mkimage | image)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	*)
		# shellcheck disable=SC2086  # two words, or none
		mapfile -t COMPREPLY < <(compgen -W "$(tagma $machine list 2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$cur") ;;
	esac
}
complete -o filenames -F _tagma tagma
