# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for certctl(1)

_certctl_names() {
    certctl list 2>/dev/null | cut -f 1
}

_certctl_request_ids() {
    certctl requests 2>/dev/null | cut -f 1
}

_certctl() {
    local cur prev words cword split
    _init_completion -s -n : || return

    local -A options=(
        [status]='--json'
        [list]='--json'
        [show]='--json'
        [create]='--subject --san --key --digest --days --copy-cn --no-copy-cn --reuse-key
            --no-reuse-key --issuer --json'
        [set]='--subject --san --key --digest --days --copy-cn --no-copy-cn --reuse-key
            --no-reuse-key --issuer --json'
        [san]='--json'
        [request]='--subject --san --key --digest --days --copy-cn --no-copy-cn --reuse-key
            --no-reuse-key --challenge-password-file --unstructured-name --no-wait --id --out
            --format --json'
        [requests]='--json'
        [cancel]='--json'
        [issue]='--subject --san --key --digest --days --copy-cn --no-copy-cn --reuse-key
            --no-reuse-key --no-wait --out --json'
        [self-sign]='--subject --san --key --digest --days --copy-cn --no-copy-cn --reuse-key
            --no-reuse-key --no-wait --out --json'
        [import]='--key-file --passphrase-file --accept --exportable --dry-run --json'
        [inspect]='--key-file --passphrase-file --certificate --json'
        [rollback]='--json'
        [export]='--format --out --passphrase-file'
        [reset]='--digest --yes --json'
        [factory-reset]='--yes --json'
        [remove]='--yes --json'
        [ca]='--subject --san --days --copy-cn --no-copy-cn --reuse-key --scope --out --format
            --yes --json'
        [monitor]='--json'
    )
    # What each action of ca takes.
    local -A ca_options=(
        [show]='--json'
        [export]='--format --out'
        [regenerate]='--subject --days --scope --reuse-key --yes --json'
        [sign]='--days --san --copy-cn --no-copy-cn --out --json'
    )

    if ((cword == 1)); then
        COMPREPLY=($(compgen -W "${!options[*]} --help --version" -- "$cur"))
        return
    fi

    case $prev in
    --key) COMPREPLY=($(compgen -W 'ec:secp256r1 ec:secp384r1 ec:secp521r1 ed25519 rsa:2048
            rsa:3072 rsa:4096 rsa:8192' -- "$cur"))
        __ltrim_colon_completions "$cur"
        return ;;
    --digest) COMPREPLY=($(compgen -W 'sha256 sha384 sha512' -- "$cur")); return ;;
    --issuer) COMPREPLY=($(compgen -W 'external self internal' -- "$cur")); return ;;
    --scope) COMPREPLY=($(compgen -W 'local device any' -- "$cur")); return ;;
    --json) COMPREPLY=($(compgen -W 'short pretty' -- "$cur")); return ;;
    --format)
        local formats='pem der'
        [[ ${words[1]} == export ]] && formats+=' p7b p12'
        [[ ${words[1]} == ca ]] && formats+=' mobileconfig'
        COMPREPLY=($(compgen -W "$formats" -- "$cur"))
        return ;;
    --accept) COMPREPLY=($(compgen -W 'no-san san-mismatch weak-key weak-digest no-server-auth
            key-usage is-ca chain-incomplete' -- "$cur")); return ;;
    --san) COMPREPLY=($(compgen -S : -W 'DNS IP email URI RID dirName' -- "$cur"))
        compopt -o nospace
        return ;;
    --certificate) COMPREPLY=($(compgen -W "$(_certctl_names)" -- "$cur")); return ;;
    --id) COMPREPLY=($(compgen -W "$(_certctl_request_ids)" -- "$cur")); return ;;
    --out | --key-file | --passphrase-file | --challenge-password-file) _filedir; return ;;
    --subject | --days | --unstructured-name) return ;;
    esac

    if [[ $cur == -* ]]; then
        local known=${options[${words[1]}]}
        [[ ${words[1]} == ca && -n ${words[2]} ]] && known=${ca_options[${words[2]}]:-$known}
        COMPREPLY=($(compgen -W "$known --help" -- "$cur"))
        return
    fi

    case ${words[1]}:$cword in
    cancel:2) COMPREPLY=($(compgen -W "$(_certctl_request_ids)" -- "$cur")) ;;
    san:3) COMPREPLY=($(compgen -W 'list add remove clear' -- "$cur")) ;;
    ca:2) COMPREPLY=($(compgen -W "${!ca_options[*]}" -- "$cur")) ;;
    ca:3) [[ ${words[2]} == sign ]] && _filedir ;;
    inspect:* | import:3) _filedir ;;
    show:2 | set:2 | san:2 | request:2 | requests:2 | issue:2 | self-sign:2 | import:2 | \
        rollback:2 | export:2 | reset:2 | remove:2)
        COMPREPLY=($(compgen -W "$(_certctl_names)" -- "$cur")) ;;
    esac
} &&
    complete -F _certctl certctl
