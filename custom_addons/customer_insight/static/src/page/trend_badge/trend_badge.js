import {_t} from "@web/core/l10n/translation";
import {Component} from "@odoo/owl";

const LOOKS = {
    up: {icon: "fa-arrow-up", color: "text-success"},
    down: {icon: "fa-arrow-down", color: "text-danger"},
    late: {icon: "fa-clock-o", color: "text-warning"},
};

/**
 * How a figure changed. An arrow and a colour are shown only for a change that is not
 * likely chance; otherwise the change is grey. `n` is what the comparison rests on.
 */
export class TrendBadge extends Component {
    static template = "customer_insight.TrendBadge";
    static props = {
        direction: {type: [String, {value: null}], optional: true},
        change: {type: [Number, {value: null}], optional: true},
        isCompared: {type: Boolean, optional: true},
        n: {type: [Number, {value: null}], optional: true},
    };
    static defaultProps = {isCompared: true};

    get look() {
        return LOOKS[this.props.direction] || {icon: "", color: "text-muted"};
    }

    get text() {
        const {change, direction} = this.props;
        if (direction === "late") {
            return _t("late");
        }
        if (!this.props.isCompared) {
            return "";
        }
        if (typeof change !== "number") {
            return _t("not comparable");
        }
        const percent = Math.round(100 * change);
        return `${percent > 0 ? "+" : ""}${percent} %`;
    }

    get meaning() {
        return {
            up: _t("rising"),
            down: _t("falling"),
            late: _t("late"),
        }[this.props.direction];
    }
}
