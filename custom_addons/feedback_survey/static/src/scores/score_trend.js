import {
    Component,
    onMounted,
    onPatched,
    onWillStart,
    onWillUnmount,
    useRef,
} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {getColor} from "@web/core/colors/colors";
import {cookie} from "@web/core/browser/cookie";
import {_t} from "@web/core/l10n/translation";
import {bounds, formatScore} from "./format";

const {DateTime} = luxon;

/** A score by month, with the band of its interval; months of few answers are hollow. */
export class ScoreTrend extends Component {
    static template = "feedback_survey.ScoreTrend";
    static props = {metric: String, points: Array, open: Function};

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        onMounted(() => this.draw());
        onPatched(() => this.draw());
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        this.chart?.destroy();
        this.chart = new window.Chart(this.canvas.el, this.config);
    }

    get config() {
        const scheme = cookie.get("color_scheme");
        const color = getColor(1, scheme);
        const {metric, points, open} = this.props;
        const [min, max] = bounds(metric);
        const edge = {borderWidth: 0, pointRadius: 0, backgroundColor: `${color}33`};
        return {
            type: "line",
            data: {
                labels: points.map(({month}) =>
                    DateTime.fromISO(month).toFormat("MMM yyyy"),
                ),
                datasets: [
                    {
                        label: _t("Score"),
                        data: points.map(({value}) => value),
                        borderColor: color,
                        backgroundColor: points.map(({reliable}) =>
                            reliable ? color : "transparent",
                        ),
                        pointRadius: 5,
                        tension: 0,
                    },
                    {...edge, data: points.map(({high}) => high), fill: "+1"},
                    {...edge, data: points.map(({low}) => low), fill: false},
                ],
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                scales: {y: {min, max}},
                onClick: (event, elements) =>
                    elements.length && open(points[elements[0].index]),
                plugins: {
                    legend: {display: false},
                    tooltip: {
                        filter: ({datasetIndex}) => datasetIndex === 0,
                        callbacks: {
                            label: ({dataIndex}) => this.tip(points[dataIndex]),
                        },
                    },
                },
            },
        };
    }

    tip({metric, value, low, high, n}) {
        return _t("%(value)s (%(low)s to %(high)s), %(n)s answers", {
            value: formatScore(metric, value),
            low: formatScore(metric, low),
            high: formatScore(metric, high),
            n,
        });
    }
}
