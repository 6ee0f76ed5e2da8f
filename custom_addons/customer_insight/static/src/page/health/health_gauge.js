import {_t} from "@web/core/l10n/translation";
import {Component} from "@odoo/owl";

/** A half circle filled from 0 to 100, grey where the score rests on too little. */
export class HealthGauge extends Component {
    static template = "customer_insight.HealthGauge";
    static props = {
        score: {type: Number},
        band: {type: [String, Boolean], optional: true},
        isReliable: {type: Boolean, optional: true},
    };
    static defaultProps = {isReliable: true};

    get color() {
        if (!this.props.isReliable) {
            return "text-muted";
        }
        const colors = {
            healthy: "text-success",
            watch: "text-warning",
            poor: "text-danger",
        };
        return colors[this.props.band] || "text-muted";
    }

    get rounded() {
        return Math.round(this.props.score);
    }

    get label() {
        return _t("Health %s of 100", this.rounded);
    }
}
