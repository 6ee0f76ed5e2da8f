import {Component} from "@odoo/owl";

const WIDTH = 100;
const HEIGHT = 24;

/** A small line of values over time, without axes. Needs two values at least. */
export class Sparkline extends Component {
    static template = "customer_insight.Sparkline";
    static props = {
        values: {type: Array, element: Number},
        label: {type: String, optional: true},
    };

    get points() {
        const {values} = this.props;
        const low = Math.min(0, ...values);
        const span = Math.max(0, ...values) - low || 1;
        return values.map((value, index) => [
            round((index * WIDTH) / (values.length - 1)),
            round(HEIGHT - 1 - ((value - low) / span) * (HEIGHT - 2)),
        ]);
    }

    get line() {
        return this.points.map((point) => point.join(",")).join(" ");
    }

    get area() {
        return `0,${HEIGHT} ${this.line} ${WIDTH},${HEIGHT}`;
    }
}

function round(value) {
    return Math.round(value * 10) / 10;
}
