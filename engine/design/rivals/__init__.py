"""The rivals of diffusion, one a file: natural elements, shuffles, Markov chains, searches with a guide, a small
autoregressive network. Each file declares its row of `engine.design.catalogue.METHODS` as `METHOD`."""
