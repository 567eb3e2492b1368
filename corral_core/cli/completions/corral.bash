# Completes corral in bash 4.4 or later. In ~/.bashrc: source <(corral completion bash)

_corral() {
    local value help word=${COMP_WORDS[COMP_CWORD]}
    [[ $word == [=:] ]] && word= # bash makes words of these
    COMPREPLY=()
    while IFS=$'\t' read -r value help; do
        case $value in
            :directory) _corral_paths "$word" -d ;;
            :python) _corral_paths "$word" -d; _corral_paths "$word" -f -X '!*.py' ;;
            :file) _corral_paths "$word" -f ;;
            *) COMPREPLY+=("$value") ;;
        esac
    done < <(_CORRAL_COMPLETE=line "$1" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}

_corral_paths() {
    compopt -o filenames
    local path
    while IFS= read -r path; do
        COMPREPLY+=("$path")
    done < <(compgen "${@:2}" -- "$1")
}

complete -F _corral corral
