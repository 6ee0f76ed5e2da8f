import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {HealthGauge} from "./health_gauge";

const ENOUGH_COVERAGE = 50; // below this the score is grey, as in lists

/** The health score with what each component added, why, and its documents. */
export class CustomerHealth extends Component {
    static template = "customer_insight.CustomerHealth";
    static components = {HealthGauge};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get data() {
        return this.props.record.data;
    }

    get isKnown() {
        return Boolean(this.data.health_band);
    }

    get isReliable() {
        return this.data.health_coverage >= ENOUGH_COVERAGE;
    }

    get known() {
        return (this.data.health_receipts || []).filter((row) => row.score !== null);
    }

    get unknown() {
        return (this.data.health_receipts || [])
            .filter((row) => row.score === null)
            .map((row) => row.label)
            .join(", ");
    }

    color(row) {
        if (row.score >= 70) {
            return "bg-success";
        }
        return row.score >= 40 ? "bg-warning" : "bg-danger";
    }

    async open(row) {
        const action = await this.orm.call("customer.profile", row.action, [
            [this.props.record.resId],
            row.code,
        ]);
        if (action) {
            await this.action.doAction(action);
        }
    }
}

export const customerHealth = {
    component: CustomerHealth,
    fieldDependencies: [
        {name: "health_score", type: "float"},
        {name: "health_band", type: "selection"},
        {name: "health_coverage", type: "integer"},
        {name: "health_receipts", type: "json"},
        {name: "health_basis", type: "char"},
    ],
};

registry.category("view_widgets").add("customer_health", customerHealth);
