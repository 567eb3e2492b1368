# Completes corral in fish 3.1 or later. In ~/.config/fish/config.fish: corral completion fish | source

function __corral_complete
    set -l word (commandline -ct)
    set -l flag (string match -r -- '^--[^=]+=' $word)
    set -l rest (string replace -- "$flag" '' "$word")
    for line in (_CORRAL_COMPLETE=words corral (commandline -opc)[2..-1] "$word" 2>/dev/null)
        switch $line
            case ':directory*'
                __corral_paths "$flag" "$rest" '/$'
            case ':python*'
                __corral_paths "$flag" "$rest" '(/|\.py)$'
            case ':file*'
                __corral_paths "$flag" "$rest" '.'
            case '*'
                echo -- "$flag$line"
        end
    end
end

function __corral_paths -a flag rest wanted
    for path in (complete -C "__no_such_command $rest" | string replace -r '\t.*' '')
        string match -qr -- "$wanted" $path; and echo -- "$flag$path"
    end
end

complete -c corral -f -a '(__corral_complete)'
