import pytest


@pytest.fixture
def busy(site):
    """An issue of 120 histories, one a minute."""
    issue = site.stage.new_ticket()
    for number in range(120):
        site.stage.advance(60)
        site.stage.set_priority(issue, 1 + number % 2)
    return issue


def created(histories):
    return [one["created"] for one in histories]


def test_pages_of_one_issue_begin_with_the_oldest_and_hold_a_hundred_at_most(site, busy):
    first = site.get(f"issue/{busy}/changelog", maxResults=1000).json()
    assert (first["maxResults"], first["total"], first["isLast"], len(first["values"])) == (100, 120, False, 100)
    rest = site.http.get(first["nextPage"]).json()
    assert (rest["isLast"], len(rest["values"])) == (True, 20)
    stamps = created(first["values"] + rest["values"])
    assert stamps == sorted(stamps)
    ids = [int(one["id"]) for one in rest["values"][:3]]
    got = site.post(f"issue/{busy}/changelog/list", changelogIds=ids).json()
    assert [int(one["id"]) for one in got["histories"]] == ids


def test_the_embedded_changelog_is_cut_and_begins_with_the_newest(site, busy):
    site.stage.traps(["changelog_cut"])
    whole = site.get(f"issue/{busy}/changelog", startAt=20).json()["values"]
    shown = site.get(f"issue/{busy}", expand="changelog").json()["changelog"]
    assert (shown["total"], len(shown["histories"])) == (120, 100)
    assert [one["id"] for one in shown["histories"]] == [one["id"] for one in reversed(whole)]
    (row,) = site.post("search/jql", jql=f"id = {busy}", fields=["summary"], expand="changelog").json()["issues"]
    assert (row["changelog"]["total"], len(row["changelog"]["histories"])) == (120, 40)


def test_a_bulk_page_counts_histories_over_all_issues_by_date(site):
    issues = [site.stage.new_ticket() for _ in range(3)]
    for number in range(12):
        site.stage.advance(60)
        site.stage.set_priority(issues[number % 3], 1 + number % 2)
    rows, token, pages = [], None, 0
    while pages < 100:
        body = {"issueIdsOrKeys": [str(one) for one in issues], "maxResults": 5}
        page = site.post("changelog/bulkfetch", **body | ({} if token is None else {"nextPageToken": token})).json()
        pages += 1
        rows += [
            (log["issueId"], history["id"]) for log in page["issueChangeLogs"] for history in log["changeHistories"]
        ]
        token = page.get("nextPageToken")
        if token is None:
            break
    assert (pages, len(rows), len(set(rows))) == (3, 12, 12)
    for issue in issues:
        alone = site.get(f"issue/{issue}/changelog").json()["values"]
        assert [history for number, history in rows if number == str(issue)] == [one["id"] for one in alone]


def test_a_bulk_answer_leaves_out_what_it_cannot_show(site):
    one, gone = site.stage.new_ticket(), site.stage.new_ticket()
    for issue in (one, gone):
        site.stage.set_priority(issue, 1)
    site.stage.delete(gone)
    logs = site.post("changelog/bulkfetch", issueIdsOrKeys=[str(one), str(gone), "NO-1"]).json()["issueChangeLogs"]
    assert [log["issueId"] for log in logs] == [str(one)]


@pytest.mark.parametrize(
    "body",
    [
        {"issueIdsOrKeys": []},
        {"issueIdsOrKeys": [str(one) for one in range(1001)]},
        {"issueIdsOrKeys": ["1"], "fieldIds": [f"customfield_{one}" for one in range(11)]},
        {"issueIdsOrKeys": ["1"], "maxResults": 0},
        {"issueIdsOrKeys": ["1"], "maxResults": 10001},
        {"issueIdsOrKeys": ["1"], "nextPageToken": "nonsense"},
        {"issueIdsOrKeys": ["1"], "startAt": 0},
    ],
)
def test_a_bulk_request_beyond_its_bounds_is_refused(site, body):
    assert site.post("changelog/bulkfetch", **body).status_code == 400


def test_instants_of_a_bulk_answer_are_numbers_where_they_are_so(site):
    issue = site.stage.new_ticket()
    site.stage.set_priority(issue, 1)

    def bulk():
        (log,) = site.post("changelog/bulkfetch", issueIdsOrKeys=[str(issue)]).json()["issueChangeLogs"]
        return created(log["changeHistories"])

    assert bulk() == ["2026-03-04T02:00:00.000-0800"]
    site.stage.traps(["numeric_created"])
    assert bulk() == [1772618400000]
    assert created(site.get(f"issue/{issue}/changelog").json()["values"]) == ["2026-03-04T02:00:00.000-0800"]


def test_items_without_a_field_id_are_lost_to_the_filter(site):
    issue = site.stage.new_ticket()
    for option in (10500, 10501, 10502, 10500):
        site.stage.edit(issue, {"customfield_10030": option, "priority": 1 + option % 5})
    site.stage.move(issue, "FAC")
    site.stage.traps(["missing_field_ids"])

    def severities():
        fields = ["customfield_10030", "Key", "priority"]
        (log,) = site.post("changelog/bulkfetch", issueIdsOrKeys=[str(issue)], fieldIds=fields).json()[
            "issueChangeLogs"
        ]
        return [item["field"] for one in log["changeHistories"] for item in one["items"]]

    items = [item for one in site.get(f"issue/{issue}/changelog").json()["values"] for item in one["items"]]
    named = [one for one in items if one["field"] == "Severity"]
    assert 0 < len([one for one in named if "fieldId" not in one]) < len(named) == 4
    assert [one for one in items if one["field"] == "Key" and "fieldId" not in one]
    assert severities().count("Severity") == 4
    assert "Key" in severities()
    site.stage.traps(["bulk_filter_drops"])
    assert 0 < severities().count("Severity") < 4
    assert "Key" not in severities()


def test_one_save_may_hold_several_items_of_one_field(site):
    issue = site.stage.new_ticket()
    site.stage.move_status(issue, "Resolved", via="In Progress")
    (history,) = site.get(f"issue/{issue}/changelog").json()["values"]
    assert [(one["field"], one["from"], one["to"]) for one in history["items"]] == [
        ("resolution", None, "10000"),
        ("status", "10010", "3"),
        ("status", "3", "5"),
    ]


def test_a_history_may_have_no_author_and_share_its_millisecond(site):
    issue = site.stage.new_ticket()
    site.stage.set_priority(issue, 1, by=None)
    site.stage.set_priority(issue, 2)
    first, second = site.get(f"issue/{issue}/changelog").json()["values"]
    assert "author" not in first
    assert "author" in second
    assert first["created"] == second["created"]


def test_old_histories_keep_the_old_name_of_a_status_and_its_id(site):
    issue = site.stage.new_ticket()
    site.stage.move_status(issue, "Pending")
    site.stage.rename_status("Pending", "Parked")
    site.stage.move_status(issue, "In Progress")
    items = [one["items"][0] for one in site.get(f"issue/{issue}/changelog").json()["values"]]
    assert [(one["to"], one["toString"]) for one in items[:1]] == [("10012", "Pending")]
    assert [(one["from"], one["fromString"]) for one in items[1:]] == [("10012", "Parked")]
    assert site.post("search/jql", jql="status = Pending").status_code == 400
    assert site.post("search/jql", jql="status = 10012").status_code == 200


def test_a_deleted_status_is_written_out_of_the_histories(site):
    issue, other = site.stage.new_ticket(), site.stage.new_ticket()
    site.stage.move_status(issue, "Escalated")
    site.stage.move_status(other, "Escalated")
    site.stage.move_status(other, "Pending")
    site.stage.advance(60)
    site.stage.delete_status("Escalated", "In Progress")
    assert site.get(f"issue/{issue}").json()["fields"]["status"]["id"] == "3"
    for one in (issue, other):
        items = site.get(f"issue/{one}/changelog").json()["values"][0]["items"]
        assert [(item["to"], item["toString"]) for item in items] == [("3", "In Progress")]
        assert site.get(f"issue/{one}").json()["fields"]["updated"] == "2026-03-04T02:01:00.000-0800"
    assert "Escalated" not in {one["name"] for one in site.get("status").json()}
