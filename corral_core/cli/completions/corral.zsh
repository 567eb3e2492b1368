#compdef corral
# Completes corral in zsh. In ~/.zshrc, behind compinit: source <(corral completion zsh)

_corral() {
    local value help
    local -a given=("${(@)words[2,CURRENT]}") values
    [[ $PREFIX == --*=* ]] && compset -P '*='
    while IFS=$'\t' read -r value help; do
        case $value in
            :directory) _files -/ ;;
            :python) _files -g '*.py' ;;
            :file) _files ;;
            *) values+=("${value//:/\\:}:$help") ;;
        esac
    done < <(_CORRAL_COMPLETE=words $words[1] "${given[@]}" 2>/dev/null)
    (( $#values )) && _describe corral values
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _corral "$@"
else
    compdef _corral corral
fi
