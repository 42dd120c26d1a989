# fish completion for stigmer

function __stigmer_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (env _STIGMER_COMPLETE=fish _STIGMER_WORDS=(string join \x1f -- $words "$current") $words[1] 2>/dev/null)
    # Of --output=json and junit=FILE, only what comes after the sign.
    set -l before '^--[^=]*='
    string match -q -r '^(files|directories)' -- "$lines[1]"; and set before '^[^=]*='
    set -l prefix (string match -r -- $before "$current")
    set -l value (string replace -r -- $before '' "$current")
    switch "$lines[1]"
        case files
            __fish_complete_path "$value" | string replace -r '^' -- "$prefix"
        case directories
            __fish_complete_directories "$value" | string replace -r '^' -- "$prefix"
        case values open
            for line in $lines[2..-1]
                echo "$prefix$line"
            end
    end
end

complete -c stigmer -f -k -a '(__stigmer_complete)'
