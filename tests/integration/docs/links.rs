//! Links between the pages lead somewhere, and every page can be reached.

use std::path::{Component, Path, PathBuf};

use super::markdown::{anchors, links, parts};
use super::{pages, root};

/// `folder/../name` without the detour.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{} leaves the repository", path.display()),
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn relative_links_and_anchors_resolve() {
    let pages = pages();
    let mut broken = Vec::new();
    for page in &pages {
        let folder = Path::new(&page.name).parent().unwrap();
        for (at, line) in parts(&page.text).prose {
            for link in links(line).into_iter().filter(|link| !link.contains("://")) {
                let (file, anchor) = link.split_once('#').map_or((&*link, None), |(file, anchor)| (file, Some(anchor)));
                let target = if file.is_empty() { PathBuf::from(&page.name) } else { plain(&folder.join(file)) };
                let other = pages.iter().find(|other| Path::new(&other.name) == target);
                let there = match (other, anchor) {
                    (Some(other), Some(anchor)) => anchors(&other.text).iter().any(|known| known == anchor),
                    (None, Some(_)) => false,
                    (_, None) => root().join(&target).exists(),
                };
                if !there {
                    broken.push(format!("{}:{}: {link}", page.name, at + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn the_table_of_contents_names_every_page() {
    let pages = pages();
    let contents = &pages.iter().find(|page| page.name == "docs/README.md").unwrap().text;
    let named: Vec<_> = contents.lines().flat_map(links).collect();
    for page in &pages {
        let Some(name) = page.name.strip_prefix("docs/").filter(|name| *name != "README.md") else { continue };
        assert!(named.iter().any(|link| link == name), "docs/README.md does not name {name}");
    }
}
