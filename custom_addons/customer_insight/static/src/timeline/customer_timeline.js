import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {rpcBus} from "@web/core/network/rpc";
import {useBus, useService} from "@web/core/utils/hooks";
import {KeepLast} from "@web/core/utils/concurrency";
import {useDebounced} from "@web/core/utils/timing";
import {deserializeDate, deserializeDateTime} from "@web/core/l10n/dates";
import {formatFloatTime, formatMonetary} from "@web/views/fields/formatters";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {
    Component,
    onWillDestroy,
    onWillStart,
    onWillUpdateProps,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";

const PAGE = 40;
// What is saved in a dialog of these models may be a new entry
const RECORDERS = ["customer.interaction.log", "mail.compose.message", "mail.activity"];
const RECORDING = /^(web_save|unlink|action_)/;
const LOG_BUTTONS = [
    {kind: "call", icon: "fa-phone", label: _t("Log a call")},
    {kind: "visit", icon: "fa-building", label: _t("Log a visit")},
    {kind: "email", icon: "fa-envelope", label: _t("Log an e-mail")},
    {kind: "chat", icon: "fa-comments", label: _t("Log a chat")},
    {kind: "other", icon: "fa-plus", label: _t("Log something else")},
];

/** Everything that happened between a customer and us, newest first. */
export class CustomerTimeline extends Component {
    static template = "customer_insight.CustomerTimeline";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.logButtons = LOG_BUTTONS;
        this.keepLast = new KeepLast();
        this.end = useRef("end");
        this.state = useState({
            rows: [],
            summary: null,
            next: false,
            isLoading: true,
            kinds: [],
            channels: [],
            search: "",
            day: "",
            open: {},
        });
        this.searchSoon = useDebounced(() => this.load(), 300);
        useBus(rpcBus, "RPC:RESPONSE", ({detail}) => {
            const {model, method} = detail.data.params || {};
            if (RECORDERS.includes(model) && RECORDING.test(method) && !detail.error) {
                this.load();
            }
        });
        onWillStart(() => {
            // The form opens at once; the entries come as soon as they are read
            this.load();
        });
        onWillUpdateProps((nextProps) => {
            const partnerId = this.partnerIdOf(nextProps.record);
            if (partnerId !== this.loadedId) {
                this.clear();
                this.load(partnerId);
            }
        });
        this.observer = new IntersectionObserver((entries) => {
            if (entries.some((entry) => entry.isIntersecting)) {
                this.loadMore();
            }
        });
        onWillDestroy(() => this.observer.disconnect());
        useEffect(
            (end) => {
                if (end) {
                    this.observer.observe(end);
                    return () => this.observer.unobserve(end);
                }
            },
            () => [this.end.el],
        );
    }

    // === LOADING === //

    partnerIdOf(record) {
        if (record.resModel === "res.partner") {
            return record.resId;
        }
        const partner = record.data.partner_id;
        return partner && (partner.id || partner[0]);
    }

    async load(partnerId = this.partnerIdOf(this.props.record)) {
        this.loadedId = partnerId;
        if (!partnerId) {
            this.state.isLoading = false;
            return;
        }
        this.state.isLoading = true;
        try {
            const page = await this.keepLast.add(this.read());
            Object.assign(this.state, {
                rows: page.rows,
                next: page.next,
                summary: page.summary,
                open: {},
            });
        } finally {
            this.state.isLoading = false;
        }
    }

    async loadMore() {
        if (this.state.isLoading || !this.state.next) {
            return;
        }
        this.state.isLoading = true;
        try {
            const page = await this.keepLast.add(this.read(this.state.next));
            this.state.rows.push(...page.rows);
            this.state.next = page.next;
        } finally {
            this.state.isLoading = false;
        }
    }

    read(before = false) {
        const {kinds, channels, search, day} = this.state;
        return this.orm.silent.call(
            "customer.interaction",
            "timeline_page",
            [this.loadedId],
            {limit: PAGE, before, day, kinds, channels, search},
        );
    }

    // === WHAT IS SHOWN === //

    get isFiltered() {
        const {kinds, channels, search, day} = this.state;
        return Boolean(kinds.length || channels.length || search || day);
    }

    get lastContact() {
        const last = this.state.summary?.last;
        return last && deserializeDateTime(last).toRelative();
    }

    /** Rows by month and day, in the order they come. */
    get months() {
        const months = [];
        for (const row of this.state.rows) {
            const day = deserializeDate(row.day);
            const month = row.day.slice(0, 7);
            if (months.at(-1)?.key !== month) {
                const label = day.toLocaleString({month: "long", year: "numeric"});
                months.push({key: month, label, days: []});
            }
            const days = months.at(-1).days;
            if (days.at(-1)?.key !== row.day) {
                const number = day.toLocaleString({day: "numeric"});
                const weekday = day.toLocaleString({weekday: "short"});
                days.push({key: row.day, number, weekday, rows: []});
            }
            days.at(-1).rows.push(row);
        }
        return months;
    }

    time(row) {
        return row.day_only
            ? ""
            : deserializeDateTime(row.date).toLocaleString(luxon.DateTime.TIME_SIMPLE);
    }

    amount(row) {
        return row.amount === false
            ? ""
            : formatMonetary(row.amount, {currencyId: row.currency_id});
    }

    duration(row) {
        return row.duration ? formatFloatTime(row.duration) : "";
    }

    arrow(row) {
        return {in: "fa-arrow-down", out: "fa-arrow-up"}[row.direction];
    }

    directionLabel(row) {
        return {in: _t("From the customer"), out: _t("To the customer")}[row.direction];
    }

    // === WHAT PEOPLE DO === //

    toggle(list, code) {
        const chosen = this.state[list];
        const index = chosen.indexOf(code);
        if (index < 0) {
            chosen.push(code);
        } else {
            chosen.splice(index, 1);
        }
        this.load();
    }

    onSearch(ev) {
        this.state.search = ev.target.value;
        this.searchSoon();
    }

    onDay(ev) {
        this.state.day = ev.target.value;
        this.load();
    }

    clear() {
        Object.assign(this.state, {kinds: [], channels: [], search: "", day: ""});
    }

    onClear() {
        this.clear();
        this.load();
    }

    onToggleBody(row) {
        this.state.open[row.id] = !this.state.open[row.id];
    }

    async onOpen(row) {
        const action = await this.orm.call(
            "customer.interaction",
            "action_open_document",
            [[row.id]],
        );
        this.action.doAction(action);
    }

    async onLog(kind) {
        const action = await this.orm.call(
            "res.partner",
            "action_log_interaction",
            [[this.loadedId]],
            {context: {log_kind: kind}},
        );
        this.action.doAction(action);
    }
}

export const customerTimeline = {component: CustomerTimeline};

registry.category("view_widgets").add("customer_timeline", customerTimeline);
