import {Component} from "@odoo/owl";
import {usePopover} from "@web/core/popover/popover_hook";

/** Why a figure is what it is, in sentences, with the way to its documents. */
class ReceiptPopover extends Component {
    static template = "customer_insight.ReceiptPopover";
    static props = {
        sentences: {type: Array, element: String},
        links: {type: Array, optional: true},
        close: Function,
    };

    follow(link) {
        this.props.close();
        link.open();
    }
}

/**
 * A button, filled by its slot, that tells the reasons in a popover.
 *
 * `links` are objects with `label` and `open`, a function.
 */
export class ReceiptButton extends Component {
    static template = "customer_insight.ReceiptButton";
    static props = {
        sentences: {type: Array, element: String},
        links: {type: Array, optional: true},
        class: {type: String, optional: true},
        title: {type: String, optional: true},
        slots: {type: Object, optional: true},
    };

    setup() {
        this.popover = usePopover(ReceiptPopover, {position: "bottom-middle"});
    }

    toggle(ev) {
        if (this.popover.isOpen) {
            this.popover.close();
            return;
        }
        const {sentences, links} = this.props;
        this.popover.open(ev.currentTarget, {sentences, links});
    }
}
