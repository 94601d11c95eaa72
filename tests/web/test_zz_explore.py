import pytest, time
from tests.web.conftest import Visitor
from tests.factories import make_people
from tests.statements import counted
from tests.web.populated import populate
from web import create_app
PAGES = [
 "/board","/board?view=list","/my-work","/inbox","/inbox?seen=1","/bundles","/bundles/{bundle}","/bundles/{bundle}/cancel","/bundles/{bundle}/reanchor","/bundles/{bundle}/reanchor?anchor_date=2026-12-24","/recipes","/recipes/blog_post/new","/qa","/qa/{to_score}","/qa/{task}","/stuck","/reports","/reports/feedback","/reports/rejections","/reports/readiness","/reports/qa_scores","/reports/decisions","/reports/kpi","/templates","/templates/blog_post","/people","/tasks/{task}","/tasks/{task}/clone","/tasks/{task}/story","/bundles/{bundle}/story","/deliverables/{version}/story","/deliverables/{version}/view","/deliverables/{version}/compare","/help/keys","/password","/healthz"]
@pytest.mark.parametrize("db",["sqlite"])
def test_explore(db, workbench):
    people = make_people(workbench)
    app = create_app(workbench, secret_key="x")
    rows={}
    import sys
    t=time.time()
    sizes=[2,22]
    subj=None
    N=int(__import__('os').environ.get('N','2'))
    subj=populate(workbench, people, N)
    print("populate",time.time()-t)
    from dataclasses import asdict
    for who in ("mara","sam","ana","pat"):
        v=Visitor.signed_in(app, people[who].user_id)
        for page in PAGES:
            path=page.format(**asdict(subj))
            from web import frame; frame._counts.clear()
            with counted() as st:
                a=v.get(path)
            rows[(page,who)]=(a.status_code,len(st))
            if __import__('os').environ.get('SHOW')==f"{who}{page}":
                for s in st: print("   ",s[:260])
    for page in PAGES:
        print(f"{page:50}", *[f"{who}:{rows[(page,who)][0]}/{rows[(page,who)][1]}" for who in ("mara","sam","ana","pat")])
