# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for certctl(1)

_certctl_names() {
    certctl list 2>/dev/null | cut -f 1
}

_certctl_request_ids() {
    certctl requests 2>/dev/null | cut -f 1
}

_certctl_fingerprints() {
    certctl trust list 2>/dev/null | cut -f 4
}

_certctl_services() {
    systemctl list-unit-files --type=service --no-legend --no-pager 2>/dev/null | cut -d ' ' -f 1 |
        grep -v '@\.service$'
}

# How many arguments that are no options stand before the word in hand, the verb among them.
_certctl_count() {
    local -i at count=0
    for ((at = 1; at < cword; at++)); do
        case ${words[at]} in
        --*=* | --copy-cn | --no-copy-cn | --reuse-key | --no-reuse-key | --no-wait | \
            --exportable | --dry-run | --tested | --failed | --follow | --verify | --yes | --json | \
            --cert | --chain | --fullchain | --ca | --reload | --help) ;;
        # A part of get, and elsewhere a type.
        --key) [[ ${words[1]} == get ]] || at+=1 ;;
        --*) at+=1 ;;
        *) count+=1 ;;
        esac
    done
    echo "$count"
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
            --no-reuse-key --trial --no-wait --out --json'
        [self-sign]='--subject --san --key --digest --days --copy-cn --no-copy-cn --reuse-key
            --no-reuse-key --trial --no-wait --out --json'
        [import]='--key-file --passphrase-file --accept --exportable --dry-run --trial --json'
        [inspect]='--key-file --passphrase-file --certificate --json'
        [confirm]='--tested --json'
        [rollback]='--json'
        [export]='--format --out --passphrase-file'
        [consumers]='--json'
        [get]='--key --cert --chain --fullchain --ca --out'
        [systemd-dropin]='--reload'
        [reset]='--digest --trial --yes --json'
        [factory-reset]='--yes --json'
        [remove]='--yes --json'
        [ca]='--subject --san --days --copy-cn --no-copy-cn --reuse-key --scope --out --format
            --yes --json'
        [trust]='--name --purpose --passphrase-file --format --out --json'
        [https]='--trial --tested --json'
        [log]='--since --until --object --action --user --failed --lines --follow --verify --json'
        [monitor]='--json'
        [wrapping-key]=''
    )
    # What each action of ca, of trust and of https takes.
    local -A ca_options=(
        [show]='--json'
        [export]='--format --out'
        [regenerate]='--subject --days --scope --reuse-key --yes --json'
        [sign]='--days --san --copy-cn --no-copy-cn --out --json'
    )
    local -A trust_options=(
        [list]='--json'
        [add]='--purpose --passphrase-file --json'
        [remove]='--json'
        [verify]='--name --purpose --json'
        [export]='--format --purpose --out'
    )
    local -A https_options=(
        [show]='--json'
        [level]='--trial --json'
        [force]='--trial --json'
        [ports]='--json'
        [confirm]='--tested --json'
        [rollback]='--json'
    )

    if ((cword == 1)); then
        COMPREPLY=($(compgen -W "${!options[*]} --help --version" -- "$cur"))
        return
    fi

    case $prev in
    --key)
        if [[ ${words[1]} != get ]]; then
            COMPREPLY=($(compgen -W 'ec:secp256r1 ec:secp384r1 ec:secp521r1 ed25519 rsa:2048
                rsa:3072 rsa:4096 rsa:8192' -- "$cur"))
            __ltrim_colon_completions "$cur"
            return
        fi ;;
    # sha1 is for the legacy policy only.
    --digest) COMPREPLY=($(compgen -W 'sha256 sha384 sha512 sha1' -- "$cur")); return ;;
    --issuer) COMPREPLY=($(compgen -W 'external self internal' -- "$cur")); return ;;
    --scope) COMPREPLY=($(compgen -W 'local device any' -- "$cur")); return ;;
    --purpose) COMPREPLY=($(compgen -W 'server client' -- "$cur")); return ;;
    # Its value may be left out: it has one only behind "=".
    --json)
        if [[ $split == true ]]; then
            COMPREPLY=($(compgen -W 'short pretty' -- "$cur"))
            return
        fi ;;
    --format)
        local formats='pem der'
        [[ ${words[1]} == export ]] && formats+=' p7b p12'
        [[ ${words[1]} == ca ]] && formats+=' mobileconfig'
        [[ ${words[1]} == trust ]] && formats='pem directory'
        COMPREPLY=($(compgen -W "$formats" -- "$cur"))
        return ;;
    --accept) COMPREPLY=($(compgen -W 'no-san san-mismatch weak-key weak-digest no-server-auth
            key-usage is-ca chain-incomplete' -- "$cur")); return ;;
    --san) COMPREPLY=($(compgen -S : -W 'DNS IP email URI RID dirName' -- "$cur"))
        compopt -o nospace
        return ;;
    --object | --certificate) COMPREPLY=($(compgen -W "$(_certctl_names)" -- "$cur")); return ;;
    --id) COMPREPLY=($(compgen -W "$(_certctl_request_ids)" -- "$cur")); return ;;
    --out | --key-file | --passphrase-file | --challenge-password-file) _filedir; return ;;
    --user) COMPREPLY=($(compgen -u -- "$cur")); return ;;
    --subject | --days | --trial | --unstructured-name | --name | --since | --until | --lines | \
        --action) return ;;
    esac

    if [[ $cur == -* ]]; then
        local known=${options[${words[1]}]}
        [[ ${words[1]} == ca && -n ${words[2]} ]] && known=${ca_options[${words[2]}]:-$known}
        [[ ${words[1]} == trust && -n ${words[2]} ]] && known=${trust_options[${words[2]}]:-$known}
        [[ ${words[1]} == https && -n ${words[2]} ]] && known=${https_options[${words[2]}]:-$known}
        known=${known/--json/--json --json=short --json=pretty}
        COMPREPLY=($(compgen -W "$known --help" -- "$cur"))
        return
    fi

    case ${words[1]}:$(_certctl_count) in
    cancel:1) COMPREPLY=($(compgen -W "$(_certctl_request_ids)" -- "$cur")) ;;
    san:2) COMPREPLY=($(compgen -W 'list add remove clear' -- "$cur")) ;;
    systemd-dropin:2) COMPREPLY=($(compgen -W "$(_certctl_services)" -- "$cur")) ;;
    consumers:2) COMPREPLY=($(compgen -W 'list add remove' -- "$cur")) ;;
    ca:1) COMPREPLY=($(compgen -W "${!ca_options[*]}" -- "$cur")) ;;
    ca:2) [[ ${words[2]} == sign ]] && _filedir ;;
    trust:1) COMPREPLY=($(compgen -W "${!trust_options[*]}" -- "$cur")) ;;
    trust:*)
        case ${words[2]} in
        add | verify) _filedir ;;
        remove) COMPREPLY=($(compgen -W "$(_certctl_fingerprints)" -- "$cur")) ;;
        esac ;;
    https:1) COMPREPLY=($(compgen -W "${!https_options[*]}" -- "$cur")) ;;
    https:2)
        case ${words[2]} in
        level) COMPREPLY=($(compgen -W 'standard high' -- "$cur")) ;;
        force) COMPREPLY=($(compgen -W 'on off' -- "$cur")) ;;
        esac ;;
    inspect:1 | import:2) _filedir ;;
    show:1 | set:1 | san:1 | request:1 | requests:1 | issue:1 | self-sign:1 | import:1 | \
        confirm:1 | rollback:1 | export:1 | consumers:1 | get:1 | systemd-dropin:1 | reset:1 | remove:1)
        COMPREPLY=($(compgen -W "$(_certctl_names)" -- "$cur")) ;;
    esac
} &&
    complete -F _certctl certctl
