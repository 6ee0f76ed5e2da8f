import {deserializeDate, serializeDate} from "@web/core/l10n/dates";
import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {Component} from "@odoo/owl";

/** The parameters of an analysis as inputs, in one line or stacked where it is narrow. */
export class AnalysisFilters extends Component {
    static template = "customer_insight.AnalysisFilters";
    static components = {DateTimeInput, RecordSelector};
    static props = ["filters", "values", "update"];

    /** A choice of one is no choice. */
    get shown() {
        return this.props.filters.filter(
            (one) => one.kind !== "choice" || one.options.length > 1,
        );
    }

    day(one) {
        const value = this.props.values[one.name];
        return value ? deserializeDate(value) : false;
    }

    onDay(one, value) {
        this.props.update(one.name, value ? serializeDate(value) : "");
    }

    onInput(one, ev) {
        this.props.update(one.name, ev.target.value);
    }

    onSwitch(one, ev) {
        this.props.update(one.name, ev.target.checked ? 1 : 0);
    }
}
