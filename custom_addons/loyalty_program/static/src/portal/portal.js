import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";

/** A form that is sent once, however often its button is clicked. */
export class SendOnce extends Interaction {
    static selector = ".o_loyalty_once";
    dynamicContent = {_root: {"t-on-submit": this.onSubmit}};

    onSubmit(ev) {
        if (this.isSent) {
            ev.preventDefault();
            return;
        }
        this.isSent = true;
        this.el.querySelector("button[type=submit]")?.classList.add("disabled");
    }
}

/** Copies the text of the field beside the button. */
export class CopyLink extends Interaction {
    static selector = ".o_loyalty_copy";
    dynamicContent = {button: {"t-on-click.prevent": this.onCopy}};

    async onCopy() {
        const field = this.el.querySelector("input");
        field.select();
        await this.waitFor(browserCopy(field.value));
        this.el.querySelector("button i")?.classList.replace("fa-copy", "fa-check");
    }
}

/** Clipboard access needs a secure page; elsewhere the text stays selected. */
function browserCopy(text) {
    return navigator.clipboard
        ? navigator.clipboard.writeText(text)
        : Promise.resolve();
}

const interactions = registry.category("public.interactions");
interactions.add("loyalty_program.send_once", SendOnce);
interactions.add("loyalty_program.copy_link", CopyLink);
