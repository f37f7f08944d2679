/* Runs a GGUF file through the real llama.cpp library, for the checks of this folder.
 *
 *   llama_check MODEL LIBRARIES tokenize   texts, each ended by a zero byte -> a line of ids each
 *   llama_check MODEL LIBRARIES generate   prompts, each ended by a zero byte -> greedy texts,
 *                                          each followed by its token count, end mark, zero byte
 *   llama_check MODEL LIBRARIES score      lines of ids, "!" before those that do not count
 *                                          -> a line "sum-of-negative-log-likelihoods count" each
 *   llama_check MODEL LIBRARIES template   prints the chat template applied to a small chat
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggml-backend.h"
#include "llama.h"

enum { CONTEXT = 512, LONGEST_ANSWER = 256, MAX_LINE = 1 << 20 };

static struct llama_model *model;
static struct llama_context *context;
static const struct llama_vocab *vocab;

static void quiet(enum ggml_log_level level, const char *text, void *data) {
    (void)data;
    if (level >= GGML_LOG_LEVEL_WARN) {
        fputs(text, stderr);
    }
}

static void tokenize_all(char *text) {
    static llama_token tokens[MAX_LINE];
    while (getdelim(&text, &(size_t){MAX_LINE}, 0, stdin) > 0) {
        int count = llama_tokenize(vocab, text, (int)strlen(text), tokens, MAX_LINE, false, true);
        for (int i = 0; i < count; i++) {
            printf(i ? " %d" : "%d", tokens[i]);
        }
        printf("\n");
    }
}

static llama_token best_token(const float *logits) {
    int best = 0;
    for (int i = 1; i < llama_vocab_n_tokens(vocab); i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    return best;
}

static void generate_all(char *text) {
    llama_token tokens[CONTEXT];
    while (getdelim(&text, &(size_t){MAX_LINE}, 0, stdin) > 0) {
        int count = llama_tokenize(vocab, text, (int)strlen(text), tokens, CONTEXT, true, true);
        llama_memory_clear(llama_get_memory(context), true);
        struct llama_batch batch = llama_batch_get_one(tokens, count);
        int made = 0;
        bool ended = false;
        while (made < LONGEST_ANSWER && llama_decode(context, batch) == 0) {
            llama_token next = best_token(llama_get_logits_ith(context, -1));
            if (llama_vocab_is_eog(vocab, next)) {
                ended = true;
                break;
            }
            char piece[64];
            int size = llama_token_to_piece(vocab, next, piece, sizeof piece, 0, false);
            fwrite(piece, 1, (size_t)size, stdout);
            tokens[0] = next;
            batch = llama_batch_get_one(tokens, 1);
            made++;
        }
        printf("\x01%d %s", made, ended ? "ended" : "cut");
        fputc(0, stdout);
    }
}

static double negative_log_likelihood(const float *logits, llama_token wanted) {
    float top = logits[best_token(logits)];
    double sum = 0.0;
    for (int i = 0; i < llama_vocab_n_tokens(vocab); i++) {
        sum += exp(logits[i] - top);
    }
    return log(sum) + top - logits[wanted];
}

static void score_all(char *line) {
    while (fgets(line, MAX_LINE, stdin)) {
        llama_token tokens[CONTEXT];
        bool counts[CONTEXT];
        int size = 0, counted = 0;
        for (char *part = strtok(line, " \n"); part && size < CONTEXT; part = strtok(NULL, " \n")) {
            counts[size] = *part != '!';
            tokens[size] = atoi(counts[size] ? part : part + 1);
            size++;
        }
        struct llama_batch batch = llama_batch_init(CONTEXT, 0, 1);
        for (int i = 0; i < size; i++) {
            batch.token[i] = tokens[i];
            batch.pos[i] = i;
            batch.n_seq_id[i] = 1;
            batch.seq_id[i][0] = 0;
            batch.logits[i] = true;
        }
        batch.n_tokens = size;
        llama_memory_clear(llama_get_memory(context), true);
        double total = 0.0;
        if (llama_decode(context, batch) == 0) {
            for (int i = 1; i < size; i++) {
                if (counts[i]) {
                    total += negative_log_likelihood(llama_get_logits_ith(context, i - 1), tokens[i]);
                    counted++;
                }
            }
        }
        llama_batch_free(batch);
        printf("%.6f %d\n", total, counted);
    }
}

static void show_template(void) {
    struct llama_chat_message chat[] = {
        {"system", "Be polite."}, {"user", "Hello!"}, {"assistant", "Hi!"}, {"user", "Who are you?"}};
    char text[4096];
    int size = llama_chat_apply_template(llama_model_chat_template(model, NULL), chat, 4, true, text,
                                         sizeof text);
    printf("%.*s\n", size, text);
    printf("bos %d eos %d eot %d add_bos %d context %d\n", llama_vocab_bos(vocab), llama_vocab_eos(vocab),
           llama_vocab_eot(vocab), llama_vocab_get_add_bos(vocab), llama_model_n_ctx_train(model));
    for (int i = 0; i < llama_vocab_n_tokens(vocab); i++) {
        if (llama_vocab_is_eog(vocab, i)) {
            printf("end of generation: %d %s\n", i, llama_vocab_get_text(vocab, i));
        }
    }
}

int main(int count, char **args) {
    if (count != 4) {
        fprintf(stderr, "usage: %s MODEL LIBRARIES tokenize|generate|score|template\n", args[0]);
        return 2;
    }
    llama_log_set(quiet, NULL);
    ggml_backend_load_all_from_path(args[2]);
    llama_backend_init();
    model = llama_model_load_from_file(args[1], llama_model_default_params());
    if (!model) {
        return 1;
    }
    vocab = llama_model_get_vocab(model);
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = CONTEXT;
    params.n_threads = params.n_threads_batch = 1;
    context = llama_init_from_model(model, params);
    char *buffer = malloc(MAX_LINE);
    if (strcmp(args[3], "tokenize") == 0) {
        tokenize_all(buffer);
    } else if (strcmp(args[3], "generate") == 0) {
        generate_all(buffer);
    } else if (strcmp(args[3], "score") == 0) {
        score_all(buffer);
    } else {
        show_template();
    }
    llama_free(context);
    llama_model_free(model);
    return 0;
}
