import {Component, useState} from "@odoo/owl";

/**
 * One bar per month, the current twelve stronger than those before. A bar opens its
 * month by click or by Enter; arrow keys walk along the bars.
 */
export class MonthBars extends Component {
    static template = "customer_insight.MonthBars";
    static props = {
        months: {type: Array, element: Object},
        measure: {type: String},
        format: Function,
        open: Function,
    };

    setup() {
        this.state = useState({focused: this.props.months.length - 1});
    }

    get scale() {
        const values = this.props.months.map((month) => month[this.props.measure]);
        const low = Math.min(0, ...values);
        return {low, span: Math.max(0, ...values) - low || 1};
    }

    get bars() {
        const {low, span} = this.scale;
        return this.props.months.map((month) => {
            const value = month[this.props.measure];
            const bottom = (100 * (Math.min(0, value) - low)) / span;
            const height = (100 * Math.abs(value)) / span;
            return {
                month,
                isNegative: value < 0,
                title: `${month.label}: ${this.props.format(value)}`,
                style: `bottom: ${bottom}%; height: ${value ? Math.max(height, 2) : 0}%`,
            };
        });
    }

    get ends() {
        const {months} = this.props;
        const middle = months[Math.floor(months.length / 2)];
        return [months[0], middle, months.at(-1)].map((month) => month.label);
    }

    onKeydown(ev) {
        const step = {ArrowLeft: -1, ArrowRight: 1}[ev.key];
        if (!step) {
            return;
        }
        ev.preventDefault();
        const bars = ev.currentTarget.querySelectorAll("button");
        const target = Math.min(
            Math.max(this.state.focused + step, 0),
            bars.length - 1,
        );
        this.state.focused = target;
        bars[target].focus();
    }
}
