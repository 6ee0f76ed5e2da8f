import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {formatFloat} from "@web/core/utils/numbers";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {ScoreCard} from "./score_card";
import {ScoreTrend} from "./score_trend";
import {formatScore, METRIC_NAMES} from "./format";

const {DateTime} = luxon;
const PERIODS = [30, 90, 180, 365];

/** The scores of a period: cards with interval, trend with band, parts in a table. */
export class FeedbackScores extends Component {
    static template = "feedback_survey.Scores";
    static components = {Layout, ScoreCard, ScoreTrend};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.periods = PERIODS;
        this.formatScore = formatScore;
        this.metricNames = METRIC_NAMES;
        this.caseNames = {
            open: _t("Open now"),
            overdue: _t("Overdue now"),
            told: _t("Customer was told"),
            hours_to_answer: _t("Until the customer was told"),
            hours_to_close: _t("Until closed"),
            content_after: _t("Content afterwards"),
            auto_replied: _t("Answered automatically"),
        };
        this.breakdowns = {
            dimension_id: _t("Dimension"),
            survey_id: _t("Survey"),
            channel: _t("Channel"),
            lifecycle_stage: _t("Stage"),
            rfm_segment_id: _t("Segment"),
            user_id: _t("Salesperson"),
            team_id: _t("Sales Team"),
            place_id: _t("Place"),
            product_category_ids: _t("Product Line"),
            product_ids: _t("Product"),
        };
        this.state = useState({days: 90, breakdown: "rfm_segment_id", metric: null});
        this.data = useState({dashboard: null});
        onWillStart(() => this.load());
    }

    async load() {
        this.data.dashboard = await this.orm.call("feedback.scores", "get_dashboard", [
            this.state.days,
            this.state.breakdown,
        ]);
        const metrics = Object.keys(this.data.dashboard.trend);
        if (!metrics.includes(this.state.metric)) {
            this.state.metric = metrics.includes("nps") ? "nps" : metrics[0] || null;
        }
    }

    get display() {
        return {controlPanel: {}};
    }

    get isEmpty() {
        return !this.data.dashboard.cards.length && !this.trendMetrics.length;
    }

    get trendMetrics() {
        return Object.keys(this.data.dashboard.trend);
    }

    get tableMetrics() {
        const used = new Set(
            this.data.dashboard.groups.flatMap((group) => Object.keys(group.scores)),
        );
        return ["nps", "csat", "ces", "dimension"].filter((metric) => used.has(metric));
    }

    change(values) {
        Object.assign(this.state, values);
        return this.load();
    }

    get trendHelp() {
        return _t(
            "The band is the 95% interval. A hollow point rests on fewer than %(count)s answers. Click a month for its answers.",
            {count: this.data.dashboard.minimum},
        );
    }

    periodLabel(days) {
        return _t("%s days", days);
    }

    /** Open the answers behind a figure. */
    open(score) {
        return this.action.doAction("feedback_survey.feedback_answer_action", {
            additionalContext: {},
            props: {domain: score.domain},
            viewType: "list",
        });
    }

    caseValue({code, value}) {
        if (value === null) {
            return "–";
        }
        if (code.startsWith("hours")) {
            return _t("%s h", formatFloat(value, {digits: [16, 1]}));
        }
        return code === "open" || code === "overdue"
            ? String(value)
            : formatScore("csat", value);
    }

    caseNote({low, high, n}) {
        if (low === null) {
            return _t("n = %s", n);
        }
        return _t("%(low)s … %(high)s, n = %(n)s", {
            low: formatScore("csat", low),
            high: formatScore("csat", high),
            n,
        });
    }

    caseHelp({reliable}) {
        return reliable
            ? ""
            : _t("Fewer than %(count)s cases say little.", {
                  count: this.data.dashboard.minimum,
              });
    }

    openCases({domain}) {
        return this.action.doAction("feedback_survey.feedback_case_action", {
            additionalContext: {search_default_open: 0},
            props: {domain},
            viewType: "list",
        });
    }

    openTheme({domain}) {
        return this.action.doAction("feedback_survey.feedback_comment_action", {
            props: {domain},
            viewType: "list",
        });
    }

    /** Improvements that concern the score that is drawn. */
    get marks() {
        return this.data.dashboard.marks.filter(
            ({metric}) => metric === this.state.metric || metric === "theme",
        );
    }

    markDay({date}) {
        return DateTime.fromISO(date).toLocaleString(DateTime.DATE_MED);
    }

    openImprovement({id}) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "feedback.improvement",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    record() {
        return this.action.doAction("feedback_survey.feedback_entry_action", {
            onClose: () => this.load(),
        });
    }
}

registry.category("actions").add("feedback_survey.scores", FeedbackScores);
