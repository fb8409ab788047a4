"""Hot issues 热点问题: messages grouped into issues (place and matter), named, ranked and kept steady."""
