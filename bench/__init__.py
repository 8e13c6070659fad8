"""What a reader waits for and what a token costs: Storybot against the same streams read directly.

`python -m bench` starts its own model server (`model`), its own readers (`load`) and Storybot itself (`product`).
"""
