import {Component} from "@odoo/owl";
import {formatChange, formatValue} from "../format";

/** Numbers in boxes, each with what it stands on and how it changed. */
export class FiguresBlock extends Component {
    static template = "customer_insight.FiguresBlock";
    static props = ["block", "currencyId", "onlyReal", "open"];

    value(item) {
        return formatValue(item.value, item.kind, this.props.currencyId);
    }

    /** The change as text; nothing where it is chance and only real ones are wanted. */
    change(item) {
        return this.props.onlyReal && !item.real ? "" : formatChange(item.change);
    }

    changeClass(item) {
        if (!item.real || !item.good) {
            return "text-muted";
        }
        return item.change * item.good > 0 ? "text-success" : "text-danger";
    }

    arrow(item) {
        if (!item.real) {
            return "";
        }
        return item.change > 0 ? "fa-arrow-up" : "fa-arrow-down";
    }
}
