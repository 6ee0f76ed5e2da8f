import {_t} from "@web/core/l10n/translation";
import {Component, useState} from "@odoo/owl";
import {formatCurrency} from "@web/core/currency";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {profileId, useCustomerData} from "../customer_data_hook";
import {HealthGauge} from "../health/health_gauge";
import {MonthBars} from "../month_bars/month_bars";
import {ReceiptButton} from "../receipt/receipt_button";
import {Sparkline} from "../sparkline/sparkline";
import {TrendBadge} from "../trend_badge/trend_badge";

/** What a customer bought and whether it changed; each figure opens its documents. */
export class CustomerFigures extends Component {
    static template = "customer_insight.CustomerFigures";
    static components = {HealthGauge, MonthBars, ReceiptButton, Sparkline, TrendBadge};
    static props = {...standardWidgetProps, compact: {type: Boolean, optional: true}};

    setup() {
        this.data = useCustomerData("get_figures");
        this.view = useState({measure: "amount"});
    }

    get hasProfile() {
        return Boolean(profileId(this.props.record));
    }

    get figures() {
        return this.data.data.figures;
    }

    /** The health of the customer, shown where the page with its reasons is not. */
    get health() {
        const {health} = this.data.data;
        return this.props.compact && health.band ? health : null;
    }

    format(value, unit) {
        if (value === null || value === undefined || value === false) {
            return "–";
        }
        switch (unit) {
            case "money":
                return formatCurrency(value, this.data.data.currency_id, {
                    humanReadable: Math.abs(value) >= 1e6,
                });
            case "days":
                return _t("%s days", Math.round(value));
            default:
                return String(value);
        }
    }

    /** The values of the last twelve months behind a figure, if it has a line. */
    line(figure) {
        const months = this.data.data.months.filter((month) => month.is_current);
        switch (figure.key) {
            case "amount":
                return months.map((month) => month.amount);
            case "count":
                return months.map((month) => month.count);
            default:
                return [];
        }
    }

    sentences(figure) {
        return [figure.sentence, figure.why].filter(Boolean);
    }

    links(figure) {
        const links = [
            {
                label: _t("Open documents"),
                open: () => this.open(figure.period),
            },
        ];
        if (figure.compare_period) {
            links.push({
                label: _t("The 12 months before"),
                open: () => this.open(figure.compare_period),
            });
        }
        return links;
    }

    open(period) {
        return this.data.open("action_open_purchases_of", period);
    }
}

export const customerFigures = {
    component: CustomerFigures,
    extractProps: ({options}) => ({compact: Boolean(options.compact)}),
};

registry.category("view_widgets").add("customer_figures", customerFigures);
